"""An organisation that this process changes is read again."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from .models import Organisation
from .queries import forget_organisations


@receiver([post_save, post_delete], sender=Organisation)
def forget(**_facts: Any) -> None:
    forget_organisations()
