"""Who may file, and what is filed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zhengtong.applications.cases import queries, rules, services
from zhengtong.applications.cases.models import Case
from zhengtong.applications.public_services import queries as public_services
from zhengtong.config.story.restaurant import Answers, evidence_for, representative
from zhengtong.kernel.errors import Invalid
from zhengtong.resources.registers.tests.factories import make_premises

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
    stated = queries.latest_submission(file(premises_certificate_number=second.certificate_number))
    assert (stated["premises_address"], stated["premises_area_m2"]) == ("演示路99号", 500)
