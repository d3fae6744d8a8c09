"""A case has the level of its service: who is not cleared for it neither sees it, nor acts on it, nor is handed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhengtong.applications.cases import queries, services
from zhengtong.applications.public_services import queries as public_services
from zhengtong.applications.public_services import services as public_services_acts
from zhengtong.applications.public_services.tests.factories import EDITOR, copy_of, edit
from zhengtong.kernel.errors import ZhengtongError
from zhengtong.security.permissions.models import RoleBinding
from zhengtong.security.permissions.providers import Secrecy
from zhengtong.security.permissions.services import Denied

from ..models import Case, Review
from .conftest import START, act_as, file_case

WINDOW, FOOD, LEAD = "window", "food", "lead"


@pytest.fixture
def sensitive(seeded: None, tmp_path: Path) -> Case:
    """A case under a new version of the service, whose package says how secret its cases are."""
    package = copy_of(tmp_path)
    number = public_services.get_current_version("open-restaurant").number + 1
    edit(package, lambda manifest: manifest.update(secrecy="sensitive", version=number))
    public_services_acts.publish(actor=EDITOR, folder=package, at=START)
    return file_case()


def clear(username: str) -> None:
    posts = [post.uuid for post in act_as(username).posts]
    RoleBinding.objects.filter(post_uuid__in=posts).update(clearance=Secrecy.SENSITIVE)


def listed(username: str) -> set[str]:
    return {row.case.number for box in queries.BOXES for row in queries.list_queue(act_as(username), box=box, at=START)}


def test_a_case_takes_the_level_of_its_service_and_its_place(sensitive: Case) -> None:
    assert (sensitive.secrecy, sensitive.division_path) == (Secrecy.SENSITIVE, "51/5116/511602")


def test_who_is_not_cleared_neither_sees_nor_handles_it(sensitive: Case) -> None:
    assert listed(WINDOW) == set()
    assert queries.count_todo(act_as(WINDOW)) == 0
    with pytest.raises(Denied, match="密级"):
        services.accept_case(actor=act_as(WINDOW), case_uuid=sensitive.uuid, at=START)
    clear(WINDOW)
    assert listed(WINDOW) == {sensitive.number}
    services.accept_case(actor=act_as(WINDOW), case_uuid=sensitive.uuid, at=START)


def test_a_review_is_handed_only_to_who_is_cleared(sensitive: Case) -> None:
    clear(WINDOW)
    clear(FOOD)
    services.accept_case(actor=act_as(WINDOW), case_uuid=sensitive.uuid, at=START)
    review = Review.objects.get(case=sensitive, key="food")
    colleague = act_as("food2").account_uuid
    assert colleague is not None
    handed = {"review_uuid": review.uuid, "to_account": colleague, "reason": "出差期间请代为审查", "at": START}
    with pytest.raises(ZhengtongError):
        services.transfer_review(actor=act_as(FOOD), **handed)
    clear("food2")
    assert services.transfer_review(actor=act_as(FOOD), **handed).assigned_urn == act_as("food2").urn
