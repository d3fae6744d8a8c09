"""Entries in the menus: under one's name, and among what an applicant owns. Columns that are encrypted."""

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.design import navigation
from zhengtong.security.crypto.providers import CIPHERTEXTS, Ciphertext, inside_json
from zhengtong.security.permissions import services as permissions


def _applicant(actor: Actor) -> bool:
    return actor.is_applicant


def _confirms(actor: Actor) -> bool:
    return permissions.could(actor, "identity.person.confirm")


def _verifies(actor: Actor) -> bool:
    return permissions.could(actor, "identity.verification.list")


def _confirms_care(actor: Actor) -> bool:
    return permissions.could(actor, "identity.agency.confirm")


def _recovers(actor: Actor) -> bool:
    return permissions.could(actor, "identity.recovery.list")


def _signed_in(actor: Actor) -> bool:
    return actor.is_authenticated


navigation.register("account", "capacity", _("切换办事身份"), "identity:capacity", 10, "users", _signed_in)
navigation.register("account", "security", _("账号安全"), "identity:security", 80, "shield", _signed_in)
navigation.register("hall", "agencies", _("我的授权与代理"), "identity:agencies", 60, "handshake", _applicant)

CIPHERTEXTS.register(
    "identity.person.id_number",
    Ciphertext(
        "security_identity.Person", "id_number", {"zh": "证件号码", "en": "Identity numbers"},
        index=("id_number_index", "identity.person.id_number"),
    ),
)  # fmt: skip
CIPHERTEXTS.register(
    "identity.person.phone",
    Ciphertext(
        "security_identity.Person", "phone", {"zh": "手机号码", "en": "Telephone numbers"},
        index=("phone_index", "identity.person.phone"),
    ),
)  # fmt: skip
CIPHERTEXTS.register(
    "identity.authenticator",
    Ciphertext(
        "mfa.Authenticator", "data", {"zh": "动态口令密钥", "en": "Secrets of one-time codes"},
        walk=inside_json("secret", "seed", "migrated_codes"),
    ),
)  # fmt: skip
navigation.register(
    "workbench", "identity", _("身份核验"), "identity:confirm", 40, "id-card", _confirms, group=_("办件")
)
navigation.register(
    "workbench", "verification", _("三级核验"), "identity:verification", 40, "badge-check", _verifies, group=_("办件")
)
navigation.register("workbench", "recovery", _("账号恢复"), "identity:recovery", 41, "lock", _recovers, group=_("办件"))
navigation.register(
    "workbench", "care", _("代办关系"), "identity:care", 42, "hand-heart", _confirms_care, group=_("办件")
)
