"""Accounts, the people behind them, the legal entities they act for."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhengtong.kernel.ids import Named
from zhengtong.kernel.texts import mask_name
from zhengtong.security.crypto import services as crypto
from zhengtong.security.crypto.providers import EncryptedTextField

from . import rules


class Accounts(UserManager["Account"]):
    """An account has no e-mail address: `Person` has."""

    def _create_user_object(self, username: str, email: Any, password: str | None, **fields: Any) -> Account:  # noqa: ARG002
        account = self.model(username=self.model.normalize_username(username), **fields)
        account.set_password(password)
        return account


class Account(Named, AbstractUser):
    """A sign-in. Holds no personal data: names, numbers and addresses belong to `Person`."""

    urn_noun = "account"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first_name = last_name = email = None  # type: ignore[assignment]
    EMAIL_FIELD = ""
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[Accounts] = Accounts()  # type: ignore[assignment,misc]

    def clean(self) -> None:
        self.username = self.normalize_username(self.username)

    def get_full_name(self) -> str:
        return self.username

    get_short_name = get_full_name


class Person(Named, models.Model):
    """A natural person. The identity number and the phone are encrypted; their blind indexes find them again.

    Assurance: 1 = name and number given, form checked; 2 = checked at a window against the document; 3 = two officials
    compared the face with the document, or the provider above says so (`Verification`), until `assurance_until`. What
    is only stated reserves nothing: any number of people may state the same number, and one can have proved it.
    """

    class Assurance(models.IntegerChoices):
        STATED = 1
        SEEN = 2
        VERIFIED = 3

    urn_noun = "person"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.OneToOneField(Account, models.PROTECT, null=True, blank=True, related_name="person")
    name = models.CharField(max_length=100)
    id_number = EncryptedTextField(null=True)
    id_number_index = models.BinaryField(max_length=32, null=True, db_index=True)
    phone = EncryptedTextField(null=True)
    phone_index = models.BinaryField(max_length=32, null=True, db_index=True)
    email = models.EmailField(blank=True)
    assurance_level = models.SmallIntegerField(choices=Assurance, default=Assurance.STATED)
    assurance_until = models.DateTimeField(null=True, blank=True)  # of level 3; afterwards the person is at level 2

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(assurance_level__range=(1, 3)), name="person_assurance_1_to_3"),
            models.CheckConstraint(
                condition=models.Q(assurance_until=None) | models.Q(assurance_level=3),
                name="person_assurance_ends_at_3",
            ),
            models.CheckConstraint(
                condition=models.Q(id_number__isnull=True, id_number_index__isnull=True)
                | models.Q(id_number__isnull=False, id_number_index__isnull=False),
                name="person_id_number_findable",
            ),
            models.UniqueConstraint(
                fields=["id_number_index"],
                condition=models.Q(assurance_level__gte=2),
                name="person_id_number_proved_once",
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.uuid}"

    def set_id_number(self, number: str) -> None:
        self.id_number = number
        self.id_number_index = crypto.blind_index(number, "identity.person.id_number")

    def set_level(self, level: int, until: datetime | None = None) -> None:
        self.assurance_level, self.assurance_until = level, until

    def level_at(self, at: datetime) -> int:
        """The level that counts at a moment: one that has run out is one less."""
        return rules.level_at(self.assurance_level, self.assurance_until, at)

    def drop_id_number(self) -> None:
        self.id_number = self.id_number_index = None

    def set_phone(self, phone: str) -> None:
        self.phone = phone or None
        self.phone_index = crypto.blind_index(phone, "identity.person.phone") if phone else None


class LegalEntity(Named, models.Model):
    """A legal entity as a party. `name` is a label as of its last recognition; the facts lie in the registers, under
    the same uuid."""

    urn_noun = "legal_entity"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    uscc = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Representations(models.QuerySet["Representation"]):
    def in_force(self, at: datetime) -> Representations:
        """Begun, not ended, not revoked at that moment."""
        begun = self.filter(valid_from__lte=at).filter(models.Q(valid_to=None) | models.Q(valid_to__gt=at))
        return begun.filter(models.Q(revoked_at=None) | models.Q(revoked_at__gt=at))


class Representation(Named, models.Model):
    """Somebody acts for a legal entity or for another person: by law, or by a power of agency with scope and end.

    For a person: the guardian of a minor or ward (民法典 23, 27, 28), or an agent the person empowered (民法典 165).
    `basis`: on what an official saw it at a window; empty where the principal granted it himself.
    """

    class Kind(models.TextChoices):
        LEGAL_REPRESENTATIVE = "legal_representative"
        AGENT = "agent"
        CLERK = "clerk"
        GUARDIAN = "guardian"

    class Basis(models.TextChoices):
        HOUSEHOLD_BOOKLET = "household_booklet"
        BIRTH_CERTIFICATE = "birth_certificate"
        COURT_RULING = "court_ruling"
        POWER_OF_ATTORNEY = "power_of_attorney"

    urn_noun = "representation"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="representations")
    entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, blank=True, related_name="representations")
    principal = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="represented_by")
    kind = models.CharField(max_length=30, choices=Kind)
    scope = ArrayField(models.CharField(max_length=100))  # keys of services, or ["*"]
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    granted_by_urn = models.CharField(max_length=120)
    basis = models.CharField(max_length=30, choices=Basis, blank=True, default="")

    objects: ClassVar[Representations] = Representations.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="representation_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="legal_representative") | models.Q(valid_to__isnull=False),
                name="representation_agency_has_an_end",
            ),
            models.CheckConstraint(condition=~models.Q(scope=[]), name="representation_has_a_scope"),
            models.CheckConstraint(
                condition=models.Q(entity=None, principal__isnull=False)
                | models.Q(entity__isnull=False, principal=None),
                name="representation_of_one_party",
            ),
            models.CheckConstraint(
                condition=models.Q(principal=None) | ~models.Q(principal=models.F("person")),
                name="representation_of_somebody_else",
            ),
            models.CheckConstraint(
                condition=models.Q(principal=None) | models.Q(kind__in=("guardian", "agent")),
                name="representation_of_a_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="guardian") | models.Q(principal__isnull=False) & ~models.Q(basis=""),
                name="representation_guardian_is_seen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def is_guardianship(self) -> bool:
        return self.kind == self.Kind.GUARDIAN

    @property
    def party(self) -> LegalEntity | Person:
        """For whom one acts."""
        found = self.entity or self.principal
        assert found is not None  # representation_of_one_party
        return found

    @property
    def party_name(self) -> str:
        """A person's is masked, with the last four of the number: whoever acts knows which child it is."""
        if self.entity:
            return self.entity.name
        assert self.principal is not None
        return f"{mask_name(self.principal.name)}（{str(self.principal.id_number or '')[-4:]}）"


class Recoveries(models.QuerySet["Recovery"]):
    def open_at(self, at: datetime) -> Recoveries:
        """Waiting for approval or for the slip, and not too old for either."""
        return self.filter(state__in=Recovery.OPEN, expires_at__gt=at)


class Recovery(Named, models.Model):
    """One official asks that an account which lost its factors be opened to its holder again; another approves.

    `holder_urn`: of the account, beside the key, so that policies may compare hands in the database.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        APPROVED = "approved"
        ISSUED = "issued"  # factors and password are gone, the holder has the slip
        USED = "used"  # the holder chose a new password
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    OPEN = (State.REQUESTED, State.APPROVED)

    urn_noun = "recovery"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="recoveries")
    holder_urn = models.CharField(max_length=140)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_by_urn = models.CharField(max_length=140)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by_urn = models.CharField(max_length=140, blank=True)
    decided_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)

    objects: ClassVar[Recoveries] = Recoveries.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(state__in=("requested", "approved")), name="recovery_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by_urn="") | ~models.Q(decided_by_urn=models.F("requested_by_urn")),
                name="recovery_by_two_hands",
            ),
        ]

    def __str__(self) -> str:
        return f"recovery {self.uuid}"


class Verifications(models.QuerySet["Verification"]):
    def open_at(self, at: datetime) -> Verifications:
        """Waiting for the second official, while the person stands at the window."""
        return self.filter(state=Verification.State.REQUESTED, expires_at__gt=at)

    def standing(self) -> Verifications:
        """That made the level and were not taken back, run out or not."""
        return self.filter(state=Verification.State.CONFIRMED)


class Verification(Named, models.Model):
    """How somebody reached level 3: two officials, one after the other, compared the face with the document; or the
    provider above (`issuer`) says so. `holder_urn`: of the account, so that policies compare hands in the database."""

    class Way(models.TextChoices):
        WINDOW = "window"
        PROVIDER = "provider"

    class Document(models.TextChoices):
        RESIDENT_CARD = "resident_card"
        TEMPORARY_CARD = "temporary_card"
        RESIDENCE_PERMIT = "residence_permit"

    class State(models.TextChoices):
        REQUESTED = "requested"
        CONFIRMED = "confirmed"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"  # nobody confirmed in time
        ENDED = "ended"  # taken back, or replaced by a newer one

    urn_noun = "verification"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="verifications")
    holder_urn = models.CharField(max_length=140)
    way = models.CharField(max_length=10, choices=Way)
    document = models.CharField(max_length=20, choices=Document, blank=True)
    document_valid_to = models.DateField(null=True)  # none: for life (长期)
    issuer = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_by_urn = models.CharField(max_length=140)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by_urn = models.CharField(max_length=140, blank=True)
    decided_at = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_urn = models.CharField(max_length=140, blank=True)  # the official who took it back; else it was replaced
    reason = models.CharField(max_length=500, blank=True)  # why it was refused, taken back, replaced

    objects: ClassVar[Verifications] = Verifications.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state="requested"), name="verification_open_once"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state="confirmed"), name="verification_stands_once"
            ),
            models.CheckConstraint(
                condition=models.Q(way="provider")
                | models.Q(decided_by_urn="")
                | ~models.Q(decided_by_urn=models.F("requested_by_urn")),
                name="verification_by_two_hands",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed") | models.Q(valid_to__isnull=False),
                name="verification_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"verification {self.uuid}"
