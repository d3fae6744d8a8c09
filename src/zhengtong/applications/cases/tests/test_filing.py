"""Who may file, and what is filed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from zhengtong.applications.cases import queries, rules, services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.public_services import queries as public_services
from zhengtong.applications.public_services import services as public_services_verbs
from zhengtong.applications.public_services.tests.factories import change, copy_of
from zhengtong.config.story.restaurant import Answers, evidence_for, representative
from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.errors import Invalid
from zhengtong.resources.registers.tests.factories import make_premises
from zhengtong.support.forms import services as forms

from .conftest import START, act_as, hand


def test_a_person_cannot_file_what_is_for_companies(seeded) -> None:
    """Its credentials go to legal entities only: four authorities would work on what could never be granted."""
    person, version = act_as("wang"), public_services.get_current_version("open-restaurant")
    evidence = evidence_for(person, Answers.BUSINESS, at=START)
    with pytest.raises(rules.WrongParty, match="单位"):
        services.submit_case(
            actor=person, version_uuid=version.uuid, data=Answers.BUSINESS, evidence=evidence, at=START
        )
    with pytest.raises(rules.WrongParty):
        services.start_draft(actor=person, service_key="open-restaurant", answers={}, at=START)
    assert not Case.objects.exists()


def test_a_company_cannot_file_what_is_for_persons(seeded) -> None:
    with pytest.raises(rules.WrongParty, match="个人"):
        services.start_draft(actor=representative("chen", at=START), service_key="senior-card", answers={}, at=START)


def test_a_stated_identity_files_nothing(seeded) -> None:
    """Anybody may open an account in another's name: until a window has seen the document it moves nothing."""
    agent = hand("agent", "agent")
    stated = replace(agent, assurance=1)
    version = public_services.get_current_version("open-restaurant")
    with pytest.raises(rules.IdentityNotProved, match="尚未核验"):
        services.submit_case(
            actor=stated, version_uuid=version.uuid, data=Answers.BUSINESS,
            evidence=evidence_for(agent, Answers.BUSINESS, at=START), at=START,
        )  # fmt: skip
    with pytest.raises(rules.IdentityNotProved):
        services.start_draft(actor=stated, service_key="open-restaurant", answers={}, at=START)
    assert not Case.objects.exists()


def test_a_company_with_two_shops_names_the_one_it_opens(seeded) -> None:
    enterprise = representative("chen", at=START)
    second = make_premises(owner_urn=enterprise.party_urn, address="演示路99号", area_m2=500)
    version = public_services.get_current_version("open-restaurant")

    def file(**data):
        whole = Answers.BUSINESS | data
        evidence = evidence_for(enterprise, whole, at=START)
        return services.submit_case(
            actor=enterprise, version_uuid=version.uuid, data=whole, evidence=evidence, at=START
        ).case

    with pytest.raises(Invalid) as refused:
        file()
    assert [f.path for f in refused.value.fields] == ["premises_certificate_number"]
    stated = queries.latest_submission(file(premises_certificate_number=second["certificate_number"]))
    assert (stated["premises_address"], stated["premises_area_m2"]) == ("演示路99号", 500)


# -- the questions before applying ------------------------------------------------------------------------------------
def file(enterprise, data):
    version = public_services.get_current_version("open-restaurant")
    evidence = evidence_for(enterprise, data, at=START)
    return services.submit_case(
        actor=enterprise, version_uuid=version.uuid, data=data, evidence=evidence, at=START
    ).case


def test_who_has_not_answered_the_questions_files_nothing(seeded) -> None:
    """Through the interface, or with a draft older than a question."""
    silent = {name: value for name, value in Answers.BUSINESS.items() if name != forms.ANSWERS}
    with pytest.raises(Invalid) as refused:
        file(representative("chen", at=START), silent)
    assert {f.path for f in refused.value.fields} == {"answers.has_business_licence", "answers.premises_ready"}


@pytest.mark.parametrize("answers", [{"has_business_licence": False, "premises_ready": True}, "nonsense", {"x": []}])
def test_who_is_not_eligible_files_nothing(seeded, answers) -> None:
    with pytest.raises(Invalid) as refused:
        file(representative("chen", at=START), Answers.BUSINESS | {forms.ANSWERS: answers})
    assert all(f.path.startswith("answers") for f in refused.value.fields)
    assert not Case.objects.exists()


def test_the_form_speaks_before_the_answer(seeded) -> None:
    """What was answered first and changed in the form is judged as it is filed."""
    enterprise, first = representative("chen", at=START), Answers.BUSINESS[forms.ANSWERS] | {"area_m2": 0}
    assert file(enterprise, Answers.BUSINESS | {forms.ANSWERS: first}).status == "submitted"


# -- drafts over versions ---------------------------------------------------------------------------------------------
def test_beginning_again_keeps_what_is_still_asked_and_tells_what_is_not(seeded, tmp_path) -> None:
    enterprise = representative("chen", at=START)
    answers = {"has_business_licence": "yes", "premises_ready": "yes", "area_m2": "320", "has_signboard": "no"}
    begin = {"actor": enterprise, "service_key": "open-restaurant", "answers": answers, "at": START}
    draft = services.start_draft(**begin).draft
    forms.save_draft(
        actor=enterprise, service_key="open-restaurant", version_uuid=draft.version_uuid, step="business", at=START,
        data=draft.data | {"seats": 86, "fuel": "lpg"},
    )  # fmt: skip
    again = services.start_draft(**begin)
    assert (again.draft.data["fuel"], again.dropped) == ("lpg", ())
    package = copy_of(tmp_path)
    change(package, "service.yaml", ("version: 1", "version: 99"))
    definition = json.loads((package / "form.json").read_text(encoding="utf-8"))
    del definition["schema"]["properties"]["fuel"]
    definition["schema"]["required"].remove("fuel")
    definition["layout"]["steps"][2]["fields"].remove("fuel")
    (package / "form.json").write_text(json.dumps(definition, ensure_ascii=False), encoding="utf-8")
    for example in (package / "examples").glob("*.yaml"):
        text = example.read_text(encoding="utf-8")
        example.write_text(re.sub(r"(?m)^  fuel:.*\n", "", text), encoding="utf-8")
    newer = public_services_verbs.publish(actor=system_actor("tests"), folder=package, at=START)
    over = services.start_draft(**begin)
    assert over.draft.version_uuid == newer.uuid
    assert (over.draft.data["seats"], over.dropped) == (86, ("厨房能源",))
    assert "fuel" not in over.draft.data
