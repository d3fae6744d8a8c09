"""My credentials, reuse as evidence, who used them, and who may have the licence."""

import io
from datetime import UTC, datetime
from uuid import uuid4

import pypdf
import pytest

from zhengtong.kernel.errors import Conflict, Invalid, NotFound
from zhengtong.resources.credentials import queries, services
from zhengtong.resources.credentials.models import Use
from zhengtong.resources.credentials.rules import State
from zhengtong.resources.credentials.tests.factories import AT, DATA, make_credential, make_type
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity.tests.factories import make_agent, make_official, make_representative
from zhengtong.security.permissions.services import Denied
from zhengtong.support.rendering import services as rendering

pytestmark = pytest.mark.django_db
CASE = "urn:zhengtong:511602-e:cases:case:00000000-0000-4000-8000-000000000009"
YEARS_LATER = datetime(2031, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def boss():
    return make_representative()


@pytest.fixture
def licence(boss):
    make_type(evidence_keys=["premises-proof"])
    return make_credential(boss.actor.party_urn)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    return pages[0].extract_text().replace("\n", "").replace(" ", "").replace("\xa0", "")


# -- my credentials ---------------------------------------------------------------------------------------------------
def test_the_hall_lists_those_in_force_first_in_one_query(licence, boss, django_assert_num_queries):
    services.revoke(
        actor=make_official("decider").actor, uuid=make_credential(boss.actor.party_urn).uuid, reason="x", at=AT
    )
    make_credential(make_representative().actor.party_urn)
    with django_assert_num_queries(1):
        cards = queries.cards_for_actor(boss.actor, at=AT)
    assert [(card.state, card.tone) for card in cards] == [(State.VALID, "green"), (State.REVOKED, "grey")]
    assert (cards[0].verification_code, cards[1].ended_reason) == (licence.verification_code, "x")
    assert (cards[0].uuid, cards[0].title["en"]) == (licence.uuid, "Demonstration licence")


def test_evidence_in_force_of_the_right_kind_and_holder_can_be_reused(licence, boss, django_assert_num_queries):
    urn = boss.actor.party_urn
    with django_assert_num_queries(1):
        assert queries.usable_as_evidence(urn, ["premises-proof", "lease"], AT) == [licence]
    assert queries.usable_as_evidence(urn, ["demo-licence"], AT) == [licence]
    assert queries.usable_as_evidence(urn, ["lease"], AT) == []
    assert queries.usable_as_evidence(urn, ["premises-proof"], YEARS_LATER) == []
    assert queries.usable_as_evidence(make_representative().actor.party_urn, ["premises-proof"], AT) == []
    services.revoke(actor=make_official("decider").actor, uuid=licence.uuid, reason="x", at=AT)
    assert queries.usable_as_evidence(urn, ["premises-proof"], AT) == []


def test_lists_are_by_type_where_asked(licence, boss):
    assert queries.list_for_holder(boss.actor.party_urn, ["demo-licence"]) == [licence]
    assert queries.list_for_holder(boss.actor.party_urn, ["other"]) == []
    assert queries.facts(licence)[0] == ({"zh": "经营者名称", "en": "Operator"}, "演示餐饮有限公司")


def test_an_agent_sees_and_downloads_only_what_came_of_the_services_in_scope(licence, boss):
    whole, narrow, other = make_agent(boss), make_agent(boss, "open-restaurant"), make_agent(boss, "senior-card")
    mine = make_credential(boss.actor.party_urn, service_key="open-restaurant")
    seen = {who: [card.uuid for card in queries.cards_for_actor(who.actor, at=AT)] for who in (whole, narrow, other)}
    assert seen == {whole: [mine.uuid, licence.uuid], narrow: [mine.uuid], other: []}
    assert services.download(actor=narrow.actor, uuid=mine.uuid, at=AT).content
    with pytest.raises(Denied):
        services.download(actor=narrow.actor, uuid=licence.uuid, at=AT)
    with pytest.raises(Denied):
        services.download(actor=other.actor, uuid=mine.uuid, at=AT)


# -- who used it ------------------------------------------------------------------------------------------------------
def test_uses_are_shown_to_the_holder(licence, boss):
    urn, reviewer = boss.actor.party_urn, make_official("reviewer").actor
    services.record_use(boss.actor, uuid=licence.uuid, case_urn=CASE, purpose="开办餐饮店", at=AT)
    services.open_for_case(actor=reviewer, uuid=licence.uuid, case_urn=CASE, purpose="审查", at=AT)
    services.record_check(licence.printed_code, at=AT)
    services.record_check(licence.printed_code, at=AT)
    services.record_check("AAAA-AAAA-AAAA-AAAA", at=AT)
    rows = {row.kind: row for row in queries.list_uses(urn)}
    assert set(rows) == {"evidence", "opened", "checked"}
    assert (rows["opened"].user["zh"], rows["opened"].purpose) == ("区市监局", "审查")
    assert (rows["checked"].count, rows["checked"].user["en"]) == (2, "the public")
    assert queries.list_uses(make_representative().actor.party_urn) == []
    assert queries.list_uses(urn, credential_uuid=uuid4()) == []
    assert audit.list_reads_of(urn)[0].purpose == "审查"


def test_only_the_holder_gives_a_credential_to_a_case_and_only_while_it_is_in_force(licence, boss):
    give = {"uuid": licence.uuid, "case_urn": CASE, "purpose": "开办餐饮店"}
    with pytest.raises(Denied):
        services.record_use(make_representative().actor, at=AT, **give)
    with pytest.raises(Conflict, match="无效"):
        services.record_use(boss.actor, at=YEARS_LATER, **give)
    services.record_use(make_agent(boss).actor, at=AT, **give)
    assert Use.objects.count() == 1


# -- the licence ------------------------------------------------------------------------------------------------------
def test_the_licence_says_what_was_signed(licence, settings):
    settings.ZT_DEMO = True
    text = text_of(services.pdf(licence.uuid))
    for part in ("演示许可证", licence.number, licence.identifier, "演示餐饮有限公司", "演示路1号", "320",
                 "2026年11月21日至2031年11月20日", licence.printed_code, licence.key_id, "Ed25519",
                 "广安市广安区市场监督管理局", "不具有法律效力"):  # fmt: skip
        assert part.replace(" ", "") in text, part


def test_outside_a_demonstration_the_licence_does_not_call_itself_one(licence, settings):
    settings.ZT_DEMO = False
    assert "同等法律效力" in text_of(services.pdf(licence.uuid))


def test_a_long_licence_stays_on_one_page(boss):
    fields = [{"key": f"f{n}", "title": {"zh": f"许可内容第{n}项", "en": f"Permitted item {n}"}} for n in range(10)]
    make_type(fields=fields)
    data = {f"f{n}": "热食类食品制售、冷食类食品制售、糕点类食品制售" for n in range(10)}
    assert "许可内容第9项" in text_of(services.pdf(make_credential(boss.actor.party_urn, data=data).uuid))


def test_a_package_may_bring_its_template_and_the_credential_keeps_it(boss):
    template = (
        '#import "house.typ": *\n#let d = json(bytes(sys.inputs.data))\n#show: licence.with(d)\n自有样式 #d.data.area'
    )
    make_type(template=template)
    credential = make_credential(boss.actor.party_urn)
    make_type()
    assert "自有样式320" in text_of(services.pdf(credential.uuid))
    assert "自有样式" not in text_of(services.pdf(make_credential(boss.actor.party_urn).uuid))


def test_a_template_given_at_issue_is_kept_too(licence, boss):
    template = '#let d = json(bytes(sys.inputs.data))\n#set text(font: "Noto Serif SC")\n专用样式 #d.number'
    credential = make_credential(boss.actor.party_urn, template=template)
    assert "专用样式" in text_of(services.pdf(credential.uuid))
    assert queries.is_signature_valid(credential)


@pytest.mark.parametrize("path", ["/etc/hostname", "../../../etc/hostname"])
def test_a_template_cannot_read_the_machines_files(boss, path):
    make_type(template=f'#read("{path}")')
    credential = make_credential(boss.actor.party_urn)
    with pytest.raises(rendering.TemplateFault):
        services.pdf(credential.uuid)


def test_the_same_licence_is_the_same_bytes(licence):
    assert services.pdf(licence.uuid) == services.pdf(licence.uuid)


def test_an_issued_licence_is_printed_whatever_its_name(boss):
    make_type()
    credential = make_credential(boss.actor.party_urn, data={"operator": "演示\U0001f35c面馆"})
    assert "演示〓（U+1F35C）面馆" in text_of(services.pdf(credential.uuid))


def test_a_specimen_shows_what_a_template_makes_and_issues_nothing(db):
    fields = [{"key": "area", "title": {"zh": "面积", "en": "Area"}, "value": "示例"}]
    title = {"zh": "演示许可证", "en": "Demonstration licence"}
    template = '#import "house.typ": *\n#let d = json(bytes(sys.inputs.data))\n#show: licence.with(d)\n样张#d.data.area'
    assert "样张示例" in text_of(services.specimen(title=title, fields=fields, template=template))
    assert "演示许可证" in text_of(services.specimen(title=title, fields=fields, template=""))
    with pytest.raises(rendering.TemplateFault, match="nothing"):
        services.specimen(title=title, fields=fields, template="#nothing")


def test_the_holder_downloads_and_nobody_else(licence, boss):
    got = services.download(actor=boss.actor, uuid=licence.uuid, at=AT)
    assert got.name == f"演示许可证-{licence.number}.pdf"
    assert got.content.startswith(b"%PDF-")
    assert [row.kind for row in queries.list_uses(boss.actor.party_urn)] == ["downloaded"]
    for actor in (make_representative().actor, make_official("decider").actor):
        with pytest.raises(Denied):
            services.download(actor=actor, uuid=licence.uuid, at=AT)
    with pytest.raises(NotFound):
        services.download(actor=boss.actor, uuid=uuid4(), at=AT)


def test_officials_open_only_what_was_given_to_the_case_and_say_why(licence, boss):
    reviewer = make_official("reviewer").actor
    ask = {"actor": reviewer, "uuid": licence.uuid, "case_urn": CASE}
    with pytest.raises(NotFound):
        services.open_for_case(purpose="审查", at=AT, **ask)
    services.record_use(boss.actor, uuid=licence.uuid, case_urn=CASE, purpose="开办餐饮店", at=AT)
    with pytest.raises(Invalid):
        services.open_for_case(purpose="  ", at=AT, **ask)
    with pytest.raises(Denied):
        services.open_for_case(purpose="好奇", at=AT, **(ask | {"actor": boss.actor}))
    assert audit.list_reads_of(boss.actor.party_urn) == []
    assert services.open_for_case(purpose="审查", at=AT, **ask).content.startswith(b"%PDF-")


def test_the_certificate_a_case_issued_can_be_opened_from_that_case(licence, boss):
    issued = make_credential(boss.actor.party_urn, case_urn=CASE, data=DATA)
    decider = make_official("decider").actor
    assert services.open_for_case(actor=decider, uuid=issued.uuid, case_urn=CASE, purpose="核对", at=AT).content
