"""A row and what hangs on it, read in one query, are the very rows Django would read one relation at a time."""

from __future__ import annotations

from typing import Any

import pytest
from tests.journeys.states import STATES

from zhengtong.applications.cases.models import Case
from zhengtong.kernel.aggregates import together

RELATIONS = ("reviews", "visits", "papers", "evidence", "submissions", "comments")


def columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def case(seeded) -> Case:
    return STATES["partly_reviewed"]()


def test_every_column_comes_as_its_own_type(case: Case) -> None:
    (read,) = together(Case.objects.filter(pk=case.pk), *RELATIONS)
    for name in RELATIONS:
        apart = [columns(row) for row in getattr(Case.objects.get(pk=case.pk), name).order_by("pk")]
        assert apart, name
        assert [columns(row) for row in getattr(read, name).all()] == apart
    assert columns(read) == columns(Case.objects.get(pk=case.pk))


def test_one_query_and_the_way_back_asks_nothing(case: Case, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        (read,) = together(Case.objects.filter(pk=case.pk), *RELATIONS)
        assert all(review.case is read for review in read.reviews.all())
        assert len(read.papers.all()) >= 2
    assert "reviews" in read._prefetched_objects_cache


def test_a_row_read_so_can_be_changed_and_a_filter_asks_again(case: Case) -> None:
    (read,) = together(Case.objects.filter(pk=case.pk), "reviews")
    review = read.reviews.all()[0]
    review.remarks = "改过的意见"
    review.save(update_fields=["remarks"])
    assert read.reviews.filter(remarks="改过的意见").count() == 1


def test_a_parent_with_nothing_on_it(case: Case) -> None:
    (read,) = together(Case.objects.filter(pk=STATES["submitted"]().pk), "reviews", "visits")
    assert list(read.reviews.all()) == list(read.visits.all()) == []
