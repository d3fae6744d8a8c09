import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from zhengtong.kernel.ids import Named


class Account(Named, AbstractUser):
    """A sign-in. Holds no personal data: names and numbers belong to `Person`."""

    urn_noun = "account"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_name = last_name = None
