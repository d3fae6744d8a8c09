import pytest

from . import factories


@pytest.fixture
def register():
    with factories.plugged_in() as register:
        yield register


@pytest.fixture
def form(register):
    from zhengtong.support.forms.services import compile_form

    return compile_form(factories.definition())
