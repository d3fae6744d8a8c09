"""What a check needs to know: the authorities and the code tables."""

from __future__ import annotations

import pytest

from zhengtong.resources.standards import services as standards
from zhengtong.security.directory.tests.factories import ensure_directory


@pytest.fixture
def house(db: None) -> None:
    ensure_directory()
    standards.load_code_tables()
