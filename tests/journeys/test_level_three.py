"""三级实名: a service wants level 3; the hall says so before any question, a window gives it, then the case is filed;
the level is told to other systems and counts no longer once it was taken back."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from zhengtong.applications.cases import services
from zhengtong.applications.cases.rules import IdentityNotProved
from zhengtong.applications.public_services import queries as public_services
from zhengtong.applications.public_services import services as publishing
from zhengtong.config.story.restaurant import PNG
from zhengtong.kernel.actors import Actor, system_actor
from zhengtong.kernel.clock import china_date, now
from zhengtong.security.identity import queries as identity
from zhengtong.security.identity import services as people
from zhengtong.security.identity.tests import factories as make
from zhengtong.security.sso.rules import acr_of
from zhengtong.support.files import services as files

from .pages import Browser
from .test_acting_for_a_parent import DATA

SERVICE = "senior-card"


@pytest.fixture
def demanding(seeded, tmp_path, settings) -> None:
    """The senior card's next version asks for level 3."""
    folder = tmp_path / SERVICE
    shutil.copytree(settings.ZT_PACKAGES / SERVICE, folder)
    manifest = folder / "service.yaml"
    text = re.sub(
        r"(?m)^version: (\d+)$", lambda v: f"version: {int(v.group(1)) + 1}\nassurance: 3", manifest.read_text()
    )
    manifest.write_text(text)
    publishing.publish(actor=system_actor("tests"), folder=folder, at=now())
    assert public_services.assurance_of(public_services.get_current_version(SERVICE)) == 3


def _file(actor: Actor) -> Any:
    stored = files.store(BytesIO(PNG), "portrait.png", actor=actor, at=now(), purpose="evidence")
    return services.submit_case(
        actor=actor, version_uuid=public_services.get_current_version(SERVICE).uuid, data=DATA,
        evidence=[services.EvidenceItem("portrait", file_uuid=stored.uuid)], at=now(),
    ).case  # fmt: skip


def _as_himself(who: make.Someone) -> Actor:
    return identity.actor_for_account(who.account, "resident", at=now(), mfa=True)


@pytest.mark.usefixtures("demanding")
def test_a_service_that_wants_level_3_is_opened_by_two_officials_and_closed_again() -> None:
    elder = make.make_resident("王老伯")
    browser = Browser()
    make.sign_in(browser.client, elder.account)
    guide = browser.client.get(f"/services/{SERVICE}/").content.decode()
    assert "三级：在线办理前" in guide
    told = browser.client.get(f"/hall/apply/{SERVICE}/")
    assert told.status_code == 422
    assert "两名工作人员" in told.content.decode()
    with pytest.raises(IdentityNotProved):
        _file(_as_himself(elder))

    clerk, second = make.make_official("window_clerk").actor, make.make_official("window_clerk").actor
    card = people.Document("resident_card", china_date(now()) + timedelta(days=400))
    waiting = people.request_verification(
        actor=clerk, username=elder.account.username, name=elder.person.name, id_number=str(elder.person.id_number),
        document=card, at=now(),
    )  # fmt: skip
    people.decide_verification(actor=second, verification_uuid=waiting.uuid, confirm=True, at=now())
    assert browser.client.get(f"/hall/apply/{SERVICE}/").status_code == 200
    assert acr_of(_as_himself(elder).assurance) == "urn:zhengtong:assurance:3"
    assert _file(_as_himself(elder)).applicant_urn == elder.person.urn

    head = make.make_official("decider").actor
    people.take_back_level(
        actor=head, username=elder.account.username, name=elder.person.name, level=2, reason="证件系伪造", at=now()
    )
    assert browser.client.get(f"/hall/apply/{SERVICE}/").status_code == 422
    with pytest.raises(IdentityNotProved):
        _file(_as_himself(elder))
