import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def _our_urls(settings):
    settings.ROOT_URLCONF = "zhengtong.kernel.design.tests.urls"


@pytest.fixture
def client():
    """A browser: it shows the page of an error instead of raising it."""
    return Client(raise_request_exception=False)
