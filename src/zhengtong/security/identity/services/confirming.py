"""The way from level 1 to level 2: a clerk at a window sees the person and the document."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.kernel.identifiers import normalise
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions

from .. import queries
from ..models import Person


@verb
def confirm_identity(*, actor: Actor, username: str, name: str, id_number: str, at: datetime) -> Person:
    """Checked against the document: the person behind the account rises to level 2.

    Name and number are typed from the document and must be those the account states, so that a slip in the user name
    gives nobody another's document. Whoever else only states the number loses it. Raises Invalid, Conflict, Denied.
    """
    people = Person.objects.select_for_update(of=("self",)).select_related("account")
    person = people.filter(account__username=username.strip()).first()
    permissions.require(actor, "identity.person.confirm", person)
    person = _take_number(_require_stated(agreeing(person, name, id_number)), id_number)
    person.assurance_level = max(person.assurance_level, Person.Assurance.SEEN)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise _proved_by_another() from error
    audit.record(actor, "identity.person.confirmed", person, at=at, detail={"level": int(person.assurance_level)})
    return person


def agreeing(person: Person | None, name: str, id_number: str) -> Person:
    """The person, if the document says what the account states. One answer whatever differs."""
    same = person is not None and person.id_number and str(person.id_number) == normalise(id_number)
    if person is None or not same or person.name.split() != name.split():
        message = _("用户名、姓名、证件号码与该账号登记的不一致，没有核验。")
        remedy = _("请按证件原件逐项核对；账号登记有误的，请申请人用正确的姓名和号码重新注册后再核验。")
        raise Invalid(message, remedy=remedy, fields=[FieldError("username", f"{message}{remedy}", _("用户名"))])
    return person


def _require_stated(person: Person) -> Person:
    if person.assurance_level >= Person.Assurance.SEEN:
        raise Conflict(_("该账号的身份已经核验过。"), remedy=_("无需再次核验。"))
    return person


def _take_number(person: Person, id_number: str) -> Person:
    """The number becomes this person's alone. One entered at a window before, without an account, gets the account."""
    others = queries.people_with(id_number).select_for_update().exclude(pk=person.pk)
    proved = others.filter(assurance_level__gte=Person.Assurance.SEEN).first()
    if proved is not None and proved.account_id is not None:
        raise _proved_by_another()
    others.filter(assurance_level=Person.Assurance.STATED).update(id_number=None, id_number_index=None)
    if proved is None:
        return person
    account, person.account = person.account, None
    person.drop_id_number()
    person.save()
    proved.account = account
    return proved


def _proved_by_another() -> Conflict:
    return Conflict(
        _("该证件号码已由本人用另一个账号核验过。"),
        remedy=_("请申请人使用原来的账号登录；无法使用的，请联系系统管理员。"),
    )
