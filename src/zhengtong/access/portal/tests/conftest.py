"""The portal over a node with its first data: the real items and the shipped packages."""

import pytest
from django.core.cache import cache

from zhengtong.access.portal.services import seed_site
from zhengtong.kernel import clock
from zhengtong.kernel.actors import system_actor

SYSTEM = system_actor("tests")


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def site(db):
    """The home page of a demonstration."""
    return seed_site(actor=SYSTEM, at=clock.now(), demo=True)
