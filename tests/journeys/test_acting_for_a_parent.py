"""代老人办理: a daughter applies for her father's senior card; the case is his, the hand is hers, and he sees both."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from zhengtong.applications.cases import queries as cases
from zhengtong.applications.cases import services
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import PNG
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import now
from zhengtong.security.audit import queries as audit
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity import services as people
from zhengtong.security.identity.models import Representation
from zhengtong.security.identity.tests import factories as make
from zhengtong.security.permissions import services as permissions
from zhengtong.support.files import services as files

DATA: dict[str, Any] = {
    "age_group": "65-79", "residence": "registered", "residence_address": "广安区演示路1号2单元301",
    "contact_mobile": "13900000000", "wants_printed_card": False, "declaration": True, "$answers": {"age": 70},
}  # fmt: skip


def _power(father: make.Someone, daughter: make.Someone, *scope: str) -> Actor:
    agency = people.grant_agency(
        actor=father.actor, agent_name=daughter.person.name, agent_id_number=str(daughter.person.id_number),
        scope=scope, valid_to=now() + timedelta(days=30), at=now(),
    )  # fmt: skip
    return identity.actor_for_account(daughter.account, str(agency.uuid), at=now(), mfa=True)


def _file(actor: Actor) -> Any:
    stored = files.store(BytesIO(PNG), "portrait.png", actor=actor, at=now(), purpose="evidence")
    return services.submit_case(
        actor=actor, version_uuid=public_services.get_current_version("senior-card").uuid, data=DATA,
        evidence=[services.EvidenceItem("portrait", file_uuid=stored.uuid)], at=now(),
    ).case  # fmt: skip


@pytest.mark.usefixtures("seeded")
def test_the_case_is_the_fathers_and_the_hand_is_the_daughters() -> None:
    father, daughter, stranger = make.make_resident("王老伯"), make.make_resident("王芳"), make.make_resident("路人")
    acting = _power(father, daughter, "senior-card")
    case = _file(acting)
    assert (case.applicant_urn, case.submitted_by_urn) == (father.person.urn, daughter.account.urn)
    entry = audit.find_done(case.urn, "cases.case.submitted")
    assert (entry.actor_urn, entry.on_behalf_urn, entry.capacity) == (daughter.account.urn, father.person.urn, "agent")
    for reader, may in ((father.actor, True), (acting, True), (daughter.actor, False), (stranger.actor, False)):
        assert permissions.allows(reader, "cases.case.own", case) is may
    assert case in cases.list_own(father.actor)
    reads = audit.list_reads_of(father.person.urn)
    assert {read.actor_urn for read in reads} <= {daughter.account.urn}


@pytest.mark.usefixtures("seeded")
def test_a_power_over_another_service_files_nothing() -> None:
    father, daughter = make.make_resident("王老伯"), make.make_resident("王芳")
    acting = _power(father, daughter, "senior-card")
    Representation.objects.filter(principal=father.person).update(scope=["another-service"])
    key = str(Representation.objects.get(principal=father.person).uuid)
    narrow = identity.actor_for_account(daughter.account, key, at=now(), mfa=True)
    assert narrow.party_urn == acting.party_urn
    with pytest.raises(permissions.Denied):
        _file(narrow)
