"""Every fault of a package is found, told with its place and its remedy, and all of them at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from zhengtong.kernel.documents.yaml import Document

from ..package.checks import check
from ..package.reading import MANIFEST, Package
from ..services import check_package
from .factories import SHIPPED, change, copy_of, edit, read, starter

pytestmark = pytest.mark.usefixtures("house")
Manifest = dict[str, Any]


@pytest.mark.parametrize("key", SHIPPED)
def test_what_is_shipped_has_no_fault(key: str, settings) -> None:
    assert check_package(Path(settings.ZT_PACKAGES) / key) == []


def test_what_zt_package_new_writes_has_no_fault(tmp_path: Path) -> None:
    assert check_package(starter(tmp_path)) == []


# -- one fault at a time ----------------------------------------------------------------------------------------------
def _review(manifest: Manifest, number: int = 0) -> Manifest:
    return manifest["reviews"][number]


def _add(manifest: Manifest, part: str, *entries: Manifest) -> None:
    manifest.setdefault(part, []).extend(entries)


TEXT = {"zh": "文字", "en": "Text"}
FAULTS: list[tuple[str, str, Callable[[Manifest], Any]]] = [
    ("manifest-required", "#", lambda m: m.pop("version")),
    ("manifest-required", "#/title", lambda m: m["title"].pop("zh")),
    ("manifest-unknown-key", "#/colour", lambda m: m.update(colour="blue")),
    ("manifest-type", "#/version", lambda m: m.update(version="one")),
    ("manifest-type", "#/service_type", lambda m: m.update(service_type=1)),
    ("manifest-value", "#/kind", lambda m: m.update(kind="several")),
    ("manifest-value", "#/key", lambda m: m.update(key="My Service")),
    ("manifest-range", "#/acceptance_days", lambda m: m.update(acceptance_days=6)),
    ("manifest-repeated", "#/audience", lambda m: m.update(audience=["person", "person"])),
    ("manifest-range", "#/assurance", lambda m: m.update(assurance=4)),
    ("manifest-value", "#/secrecy", lambda m: m.update(secrecy="top")),
    ("secrecy-above-node", "#/secrecy", lambda m: m.update(secrecy="secret")),
    ("assurance-too-low", "#/assurance", lambda m: m.update(assurance=1, outputs=["card"])),
    ("translation-missing", "#/title", lambda m: m["title"].pop("en")),
    ("translation-chinese", "#/summary/en", lambda m: m["summary"].update(en="这是中文，不是英文。")),
    ("authority-unknown", "#/lead_authority", lambda m: m.update(lead_authority="moon")),
    ("authority-unknown", "#/reviews/0/authority", lambda m: _review(m).update(authority="moon")),
    ("service-type-unknown", "#/service_type", lambda m: m.update(service_type="77")),
    ("event-unknown", "#/events/0", lambda m: m.update(events=["flying-to-the-moon"])),
    ("topic-unknown", "#/topics/0", lambda m: m.update(topics=["market-access"])),
    ("key-repeated", "#/reviews/1/key", lambda m: _add(m, "reviews", _review(m))),
    ("evidence-unknown", "#/requirements/0/evidence/0", lambda m: m["requirements"][0].update(evidence=["tail"])),
    ("review-unknown", "#/requirements/0/reviews/0", lambda m: m["requirements"][0].update(reviews=["nobody"])),
    ("reuse-without-credential", "#/requirements/0/reuse", lambda m: m["requirements"][0].update(reuse="credentials")),
    ("output-unknown", "#/outputs/0", lambda m: m.update(outputs=["gold"])),
    ("result-missing", "", lambda m: m.pop("result")),
    ("file-missing", "#/requirements/0/blank", lambda m: m["requirements"][0].update(blank="blank.pdf")),
    ("file-missing", "#/form", lambda m: m.update(form="other.json")),
    ("promise-above-statute", "#/decision/promised_days", lambda m: m["decision"].update(statutory_days=4)),
    ("statute-too-long", "#/decision/statutory_days", lambda m: m["decision"].update(statutory_days=21)),
    ("immediate-too-long", "#/decision/promised_days", lambda m: m.update(implementation={"case_type": "1"})),
    ("review-too-long", "#/reviews/0/days", lambda m: _review(m).update(days=6)),
    ("single-with-several", "#/kind", lambda m: _review(m).update(authority="housing")),
    ("joint-with-one", "#/kind", lambda m: m.update(kind="joint")),
    ("law-missing", "#/law", lambda m: m.pop("law")),
    ("law-missing", "#/law", lambda m: m.update(law=[])),
    ("visits-without-reason", "#/visits", lambda m: m.update(visits={"count": 1})),
    (
        "refusal-without-words", "#/eligibility/0/must",
        lambda m: _add(m, "eligibility", {"key": "a", "title": TEXT, "type": "boolean", "must": "form.a"}),
    ),
    (
        "choice-without-options", "#/eligibility/0/type",
        lambda m: _add(m, "eligibility", {"key": "a", "title": TEXT, "type": "choice"}),
    ),
    ("condition-faulty", "#/reviews/0/when", lambda m: _review(m).update(when="form.has_photo >")),
    ("condition-field-unknown", "#/reviews/0/when", lambda m: _review(m).update(when="form.wings > 2")),
    ("condition-never-true", "#/requirements/0/when", lambda m: m["requirements"][0].update(when="1 > 2")),
    ("review-unreachable", "#/reviews/0/when", lambda m: _review(m).update(when="form.has_photo && !form.has_photo")),
    ("review-unreachable", "#/reviews/0/after/0", lambda m: _review(m).update(after=["ghost"])),
    ("review-circle", "#/reviews/0/after", lambda m: _review(m).update(after=["check"])),
]  # fmt: skip


@pytest.mark.parametrize(("code", "place", "spoil"), FAULTS, ids=[f"{n}-{f[0]}" for n, f in enumerate(FAULTS)])
def test_a_fault_of_the_manifest(tmp_path: Path, code: str, place: str, spoil: Callable[[Manifest], Any]) -> None:
    package = starter(tmp_path)
    edit(package, spoil)
    found = [fault for fault in check_package(package) if fault.code == code]
    assert [fault.path for fault in found] == [("service.yaml" + place).removesuffix("#")]
    _is_told_in_both_languages(found[0])


def _is_told_in_both_languages(fault: Any) -> None:
    said = fault.as_json()
    for name in ("message", "remedy"):
        assert said[name]["zh"]
        assert said[name]["zh"] != said[name]["en"], "no English translation"


CREDENTIAL = {
    "key": "small-card", "title": TEXT, "type_code": "11511301008778490F001", "validity_months": 12,
    "template": "card.typ", "fields": [{"key": "name", "title": TEXT, "from": "form.person_name"}],
}  # fmt: skip
CREDENTIAL_FAULTS: list[tuple[str, str, Callable[[Manifest], Any]]] = [
    ("type-code-check-digit", "/type_code", lambda c: c.update(type_code="11511301008778490G001")),
    ("field-unknown", "/fields/0/from", lambda c: c["fields"][0].update({"from": "form.wings"})),
    ("review-unknown", "/review", lambda c: c.update(review="nobody")),
    ("issuer-without-code", "", lambda c: c.update(issuer="tobacco-monopoly")),
    ("condition-never-true", "/when", lambda c: c.update(when="false")),
    ("template-faulty", "/template", lambda c: c.update(template="broken.typ")),
]


@pytest.mark.parametrize(("code", "place", "spoil"), CREDENTIAL_FAULTS, ids=[f[0] for f in CREDENTIAL_FAULTS])
def test_a_fault_of_a_credential(tmp_path: Path, code: str, place: str, spoil: Callable[[Manifest], Any]) -> None:
    package = starter(tmp_path)
    (package / "card.typ").write_text('#let d = json(bytes(sys.inputs.data))\n#d.data.at("name")\n')
    (package / "broken.typ").write_text("#let d = json(bytes(sys.inputs.data))\n#d.no_such_thing\n")
    credential = copy.deepcopy(CREDENTIAL)
    edit(package, lambda m: m.update(credentials=[credential], outputs=["small-card"]))
    assert check_package(package) == []
    spoil(credential)
    edit(package, lambda m: m.update(credentials=[credential]))
    (fault,) = [fault for fault in check_package(package) if fault.code == code]
    assert fault.path == f"service.yaml#/credentials/0{place}"
    _is_told_in_both_languages(fault)


FORM_FAULTS: list[tuple[str, str, Callable[[dict[str, Any]], Any]]] = [
    ("once-only", "person_name", lambda p: p["person_name"].pop("x-prefill")),
    ("once-only", "uscc", lambda p: p.update(uscc=_field("统一社会信用代码"))),
    (
        "prefill-other-field", "person_name",
        lambda p: p["person_name"].update({"x-prefill": {"register": "person", "field": "phone"}}),
    ),
    (
        "prefill-not-of-audience", "company",
        lambda p: p.update(
            company=_field("名称", "organisation-name") | {"x-prefill": {"register": "legal_entity", "field": "name"}}
        ),
    ),
    (
        "prefill-unchosen", "place",
        lambda p: p.update(place=_field("坐落", "premises-address") | {
            "x-prefill": {"register": "premises", "field": "address"}
        }),
    ),
    ("personal-unprotected", "mobile", lambda p: p.update(mobile=_field("手机") | {"format": "cn-mobile"})),
    ("form-faulty", "trade/x-options", lambda p: p.update(trade=_field("行业") | {"x-options": {"table": "moon"}})),
]  # fmt: skip


def _field(title: str, element: str = "") -> dict[str, Any]:
    field = {"type": "string", "x-title": {"zh": title, "en": "Title"}}
    return field | ({"x-data-element": element} if element else {})


@pytest.mark.parametrize(("code", "place", "spoil"), FORM_FAULTS, ids=[f"{f[0]}-{f[1]}" for f in FORM_FAULTS])
def test_a_fault_of_the_form(tmp_path: Path, code: str, place: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    package = starter(tmp_path)
    _edit_form(package, spoil)
    (fault,) = [fault for fault in check_package(package) if fault.code == code]
    assert fault.path == f"form.json#/schema/properties/{place}"
    assert fault.as_json()["remedy"]["en"]


def _edit_form(package: Path, spoil: Callable[[dict[str, Any]], Any]) -> None:
    definition = json.loads((package / "form.json").read_text())
    properties = definition["schema"]["properties"]
    spoil(properties)
    definition["layout"]["steps"][0]["fields"] = list(properties)
    (package / "form.json").write_text(json.dumps(definition, ensure_ascii=False))


def test_the_once_only_rule_names_the_register(tmp_path: Path) -> None:
    package = starter(tmp_path)
    _edit_form(package, lambda p: p["person_name"].pop("x-prefill"))
    (fault,) = check_package(package)
    with override("en"):
        assert "population register" in str(fault.message)
    assert '"register": "person", "field": "name"' in str(fault.remedy)


def test_a_process_that_runs_code_is_refused(tmp_path: Path) -> None:
    package = starter(tmp_path)
    (package / "process.bpmn").write_text(
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x">'
        '<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:scriptTask id="t">'
        "<bpmn:script>import os; os.system('id')</bpmn:script></bpmn:scriptTask></bpmn:process></bpmn:definitions>"
    )
    found = check_package(package)
    assert {fault.code for fault in found} == {"process-faulty"}
    assert any("scriptTask" in str(fault) for fault in found)


# -- examples ---------------------------------------------------------------------------------------------------------
def test_an_example_that_comes_out_otherwise(tmp_path: Path) -> None:
    package = starter(tmp_path)
    change(package, "examples/with-photo.yaml", ("[photo]", "[photo, passport]"), ("2026-11-30", "2026-11-29"))
    found = check_package(package)
    assert [(fault.code, fault.path, fault.line) for fault in found] == [
        ("example-differs", "examples/with-photo.yaml#/expect/requirements", 9),
        ("example-differs", "examples/with-photo.yaml#/expect/due/promised", 10),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("has_photo: true", "has_photo: perhaps", "example-form-faulty"),
        ("reviews: [check]", "reviewers: [check]", "example-faulty"),
        ("accepted_on: 2026-11-23", "accepted_on: tomorrow", "example-faulty"),
        ("accepted_on: 2026-11-23\n", "", "example-faulty"),
        ("form:", "from:", "example-faulty"),
    ],
)
def test_an_example_that_cannot_be_run(tmp_path: Path, old: str, new: str, code: str) -> None:
    package = starter(tmp_path)
    change(package, "examples/with-photo.yaml", (old, new))
    assert code in {fault.code for fault in check_package(package)}


def test_a_package_without_examples(tmp_path: Path) -> None:
    package = starter(tmp_path)
    (package / "examples" / "with-photo.yaml").unlink()
    assert [fault.code for fault in check_package(package)] == ["examples-missing"]


OVER, LIST = "when: form.area_m2 > ", "\n    checklist"


def test_the_restaurants_examples_notice_a_changed_limit(tmp_path: Path) -> None:
    package = copy_of(tmp_path)
    change(
        package, "service.yaml", ("when: form.area_m2 > 300\n    checklist", "when: form.area_m2 > 400\n    checklist")
    )
    assert {fault.path for fault in check_package(package)} == {
        f"examples/large-with-signboard.yaml#/expect/{name}" for name in ("reviews", "requirements", "due/fire")
    }


# -- all at once ------------------------------------------------------------------------------------------------------
def test_a_package_with_many_different_faults_names_them_all_at_once(tmp_path: Path) -> None:
    package = copy_of(tmp_path)
    expected = _spoil(package)
    found = {fault.code for fault in check_package(package)}
    assert len(expected) >= 30
    assert found == expected


def _spoil(package: Path) -> set[str]:
    """Spoil the restaurant in more than thirty different ways; the codes that must come out."""
    change(
        package, "service.yaml",
        ("version: 1\n", "version: one\ncolour: blue\n"),
        ("en: Open a restaurant}", "en: 开办餐饮店}"),
        ("events: [starting-a-restaurant]", "events: [flying-to-the-moon]"),
        ("topics: [market-access]", "topics: [elderly]"),
        ('service_type: "01"', 'service_type: "77"'),
        ("    otherwise:\n      zh: 请先办理营业执照", "    elsewise:\n      zh: 请先办理营业执照"),
        ("reuse: credentials", "reuse: credentials\n    blank: blank.pdf"),
        ("evidence: [floor-plan]", "evidence: [ground-plan]\n    reuse: credentials"),
        ("[health-certificate]\n    reviews: [food]", "[health-certificate]\n    reviews: [doctor]"),
        ("    authority: market-regulation\n    days: 8", "    authority: moon-regulation\n    days: 80"),
        ("    when: form.area_m2 > 300\n    reviews: [fire]", "    when: form.area_m2 >\n    reviews: [fire]"),
        ("    when: form.area_m2 > 300\n    checklist", "    when: form.wings > 2\n    checklist"),
        ("    authority: housing\n    days: 5", "    authority: housing\n    days: 5\n    after: [signboard]"),
        ("form.has_signboard\n    optional: true", "form.has_signboard && false\n    after: [drainage, ghost]"),
        ("  statutory_days: 20\n  promised_days: 8", "  statutory_days: 50\n  promised_days: 60"),
        ("type_code: 11100000MB0143028R001", "type_code: 11100000MB0143028X001"),
        ("template: credential.typ", "template: broken.typ"),
        ("from: form.enterprise_name", "from: form.nothing"),
        ("review: signboard\n    fields", "review: nobody\n    fields"),
        ("issuer: urban-management", "issuer: tobacco-monopoly"),
        ("outputs: [food-business-licence, signboard-approval]", "outputs: [food-business-licence, gold]"),
        ("visits:\n  count: 0", "visits:\n  count: 3"),
        ('  supervision_phone: "12345"', '  supervision_phone: "12345"\n  phone: "110"'),
        ("case_type: \"2\"", "case_type: \"1\""),
    )  # fmt: skip
    text = (package / "service.yaml").read_text()
    (package / "service.yaml").write_text(text[: text.index("\nlaw:")] + text[text.index("\nvisits:") :])
    (package / "guide.en.md").unlink()
    (package / "broken.typ").write_text("#no-such-thing\n")
    (package / "run.py").write_text("import os\n")
    (package / "link.md").symlink_to("/etc/hostname")
    (package / "process.bpmn").write_text("<definitions/>")
    (package / "examples" / "odd.yaml").write_text("expect: {colour: blue}\n")
    _spoil_form(package)
    return {
        "manifest-type", "manifest-unknown-key", "yaml-duplicate-key", "translation-chinese", "event-unknown",
        "topic-unknown", "service-type-unknown", "refusal-without-words", "file-missing", "evidence-unknown",
        "reuse-without-credential", "review-unknown", "authority-unknown", "review-too-long", "manifest-range",
        "condition-faulty", "condition-field-unknown", "review-circle", "review-unreachable", "statute-too-long",
        "promise-above-statute", "immediate-too-long", "type-code-check-digit", "template-faulty", "field-unknown",
        "issuer-without-code", "output-unknown", "visits-without-reason", "law-missing", "guide-missing", "file-name",
        "file-link", "process-faulty", "example-faulty", "once-only", "prefill-other-field", "personal-unprotected",
        "form-faulty",
    }  # fmt: skip


def _spoil_form(package: Path) -> None:
    definition = json.loads((package / "form.json").read_text())
    properties = definition["schema"]["properties"]
    del properties["enterprise_name"]["x-prefill"]
    properties["uscc"]["x-prefill"]["field"] = "name"
    del properties["contact_mobile"]["x-personal"]
    properties["fuel"] = {**properties["fuel"], "x-widget": "crystal-ball"}
    (package / "form.json").write_text(json.dumps(definition, ensure_ascii=False))


# -- junk -------------------------------------------------------------------------------------------------------------
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 500), st.text(max_size=5), st.just([]), st.just({}), st.just([[]]),
    st.just([None, {"key": ["x"]}]), st.just({"zh": 1, "en": []}), st.just("form.x > 1"), st.floats(allow_nan=False),
)  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, item in items for place in _places(item, (*path, key))]


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # one run asks the database: shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_junk_in_a_manifest_makes_the_check_fall_over(data: st.DataObject, settings) -> None:
    package = read(Path(settings.ZT_PACKAGES) / "open-restaurant")
    manifest = copy.deepcopy(package.manifest)
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(_places(manifest)))
        _put(manifest, path, data.draw(JUNK))
    spoiled = Package(
        package.folder, dict(package.files), {**package.documents, MANIFEST: Document(MANIFEST, manifest)}
    )
    spoiled.files = {name: content for name, content in package.files.items() if not name.endswith(".typ")}
    for fault in check(spoiled):
        assert fault.code
        assert str(fault)


def _put(manifest: Any, path: tuple[Any, ...], value: Any) -> None:
    place = manifest
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
