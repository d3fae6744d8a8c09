"""A seeded site with a few real items and, where a test asks for it, the restaurant's package."""

import csv

import pytest
from django.conf import settings
from django.core.cache import cache

from zhengtong.access.portal.services import seed_site
from zhengtong.applications.public_services import items
from zhengtong.applications.public_services import services as public_services
from zhengtong.kernel import clock
from zhengtong.kernel.actors import system_actor
from zhengtong.resources.standards import services as standards
from zhengtong.security.directory.tests.factories import ensure_directory

SYSTEM = system_actor("tests")
CHOSEN = ("失业登记", "残疾人证新办", "公司设立登记", "建筑工程施工许可证核发")
COVERED = ("食品(含保健食品)经营许可核发", "公众聚集场所", "污水排入排水管网许可", "规范户外招牌")  # by the restaurant


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def site(db):
    """The home page of a demonstration."""
    return seed_site(actor=SYSTEM, at=clock.now(), demo=True)


@pytest.fixture
def few_items(db, tmp_path):
    """Some of the real items, as an operator would load them."""
    ensure_directory()
    public_services.load_events()
    with open(items.SHIPPED, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _is_wanted(row["item_name"])]
    path = tmp_path / "items.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    public_services.load_items(actor=SYSTEM, at=clock.now(), path=path)


def _is_wanted(name):
    return name in CHOSEN or any(part in name for part in COVERED)


@pytest.fixture
def restaurant(few_items):
    """The restaurant's package, published."""
    standards.load_code_tables()
    return public_services.publish(actor=SYSTEM, folder=settings.ZT_PACKAGES / "open-restaurant", at=clock.now())
