"""The house itself: what imports cannot show."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_template_database_is_migrated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
        assert cursor.fetchone()[0] > 50
