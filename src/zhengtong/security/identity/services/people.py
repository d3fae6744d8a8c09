"""People, legal entities, officials: how they come to be known to the node."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.identifiers import Fault, Kind, check_id_number, check_mobile, check_uscc, fault_text, normalise
from zhengtong.kernel.texts import localised
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.directory import services as directory_services
from zhengtong.security.permissions import services as permissions

from .. import queries
from ..models import Account, LegalEntity, Person, Representation


@verb
def create_person(
    *,
    actor: Actor,
    name: str,
    at: datetime,
    id_number: str = "",
    phone: str = "",
    email: str = "",
    account: Account | None = None,
    assurance_level: int = Person.Assurance.STATED,
    person_uuid: uuid.UUID | None = None,
) -> Person:
    """Enter a person. Raises Invalid (field by field), Conflict (somebody has proved the number), Denied."""
    permissions.require(actor, "identity.person.create", account)
    id_number, phone = normalise(id_number), normalise(phone)
    faults = check_person(name=name, id_number=id_number, phone=phone, at=at)
    if faults:
        raise Invalid(fields=faults)
    person = Person(
        uuid=person_uuid or uuid.uuid4(), account=account, name=name.strip(), email=email,
        assurance_level=assurance_level,
    )  # fmt: skip
    person.set_phone(phone)
    if id_number:
        person.set_id_number(id_number)
        if _is_taken(id_number, account):
            raise _taken()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise _taken() from error
    audit.record(actor, "identity.person.created", person, at=at, detail={"assurance_level": assurance_level})
    return person


def _is_taken(id_number: str, account: Account | None) -> bool:
    """Somebody has proved it and has an account. Who was only entered at a window may open one: it states the number,
    and becomes that person's when the document is seen (services/confirming.py)."""
    standing = queries.find_person(id_number)
    if standing is None or standing.assurance_level < Person.Assurance.SEEN:
        return False
    return account is None or standing.account_id is not None


def _taken() -> Conflict:
    """Says nothing about who has it."""
    return Conflict(
        _("该证件号码不能用于登记新用户。"),
        remedy=_("如您已有账号请直接登录；如有疑问，请携带证件到政务服务大厅窗口办理。"),
    )


def check_person(*, name: str, at: datetime, id_number: str = "", phone: str = "") -> list[FieldError]:
    """What is wrong with a person's data, field by field; numbers as people type them."""
    faults, id_number, phone = [], normalise(id_number), normalise(phone)
    if not name.strip():
        faults.append(FieldError("name", _("请填写姓名。"), _("姓名")))
    number_fault = (
        check_id_number(id_number, today=china_date(at), areas=directory.known_areas()) if id_number else None
    )
    if number_fault:
        faults.append(FieldError("id_number", _said(Kind.ID_NUMBER, number_fault), _("身份证号")))
    phone_fault = check_mobile(phone) if phone else None
    if phone_fault:
        faults.append(FieldError("phone", _said(Kind.MOBILE, phone_fault), _("手机号")))
    return faults


def _said(kind: Kind, fault: Fault) -> object:
    return localised(fault_text(kind, fault))


@verb
def register_resident(*, account: Account, name: str, id_number: str, at: datetime, phone: str = "") -> Person:
    """A resident opens an account with real-name data (level 1: stated, form checked). Raises Invalid, Conflict."""
    if not id_number.strip():
        raise Invalid(fields=[FieldError("id_number", _("请填写身份证号。"), _("身份证号"))])
    actor = queries.actor_for_account(account, "resident", at=at)
    return create_person(actor=actor, account=account, name=name, id_number=id_number, phone=phone, at=at)


@verb
def recognise_entity(
    *,
    actor: Actor,
    uscc: str,
    name: str,
    at: datetime,
    entity_uuid: uuid.UUID | None = None,
    legal_representative_uuid: uuid.UUID | None = None,
) -> LegalEntity:
    """Know a legal entity as a party, and its legal representative (a Person's uuid), who replaces the former one.

    `entity_uuid` is that of the registers. Raises Invalid (credit code), NotFound, Conflict, Denied.
    """
    permissions.require(actor, "identity.entity.recognise")
    uscc = normalise(uscc)
    fault = check_uscc(uscc)
    if fault:
        raise Invalid(fields=[FieldError("uscc", _said(Kind.USCC, fault), _("统一社会信用代码"))])
    entity = LegalEntity.objects.select_for_update().filter(uscc=uscc).first()
    if entity is None:
        entity = LegalEntity.objects.create(uuid=entity_uuid or uuid.uuid4(), uscc=uscc, name=name)
    elif entity_uuid and entity.uuid != entity_uuid:
        raise Conflict(_("该统一社会信用代码已属于另一条法人记录。"), remedy=_("请核对法人库中的记录。"))
    elif entity.name != name:
        entity.name = name
        entity.save(update_fields=["name"])
    if legal_representative_uuid:
        _put_representative(actor, entity, legal_representative_uuid, at)
    audit.record(actor, "identity.entity.recognised", entity, at=at, detail={"uscc": uscc})
    return entity


def _put_representative(actor: Actor, entity: LegalEntity, person_uuid: uuid.UUID, at: datetime) -> None:
    person = Person.objects.filter(uuid=person_uuid).first()
    if person is None:
        raise NotFound(_("没有找到法定代表人。"), remedy=_("请先登记该自然人。"))
    kind = Representation.Kind.LEGAL_REPRESENTATIVE
    present = Representation.objects.in_force(at).filter(entity=entity, kind=kind)
    if present.filter(person=person).exists():
        return
    present.update(revoked_at=at)
    Representation.objects.create(
        person=person, entity=entity, kind=kind, scope=["*"], valid_from=at, granted_by_urn=actor.urn
    )


@verb
def create_official(
    *,
    actor: Actor,
    username: str,
    password: str | None,
    name: str,
    organisation_key: str,
    title: dict[str, str],
    roles: Iterable[str],
    at: datetime,
    is_head: bool = False,
) -> Account:
    """An official's account, with a post of the organisation and the post's roles. Raises NotFound, Conflict, Denied.

    `password` None: none works yet. The official sets up a second factor at the first sign-in; until then the
    workbench stays closed. Raises also Invalid (user name, name, a role that does not exist).
    """
    permissions.require(actor, "identity.official.create")
    organisation = directory.find_organisation(organisation_key)
    if organisation is None:
        raise NotFound(
            _("没有部门“%s”。") % organisation_key, remedy=_("请使用部门名录中的键值：zt account organisations。")
        )
    _check_official(username, name)
    account = Account.objects.create_user(username, password=password)
    post = directory_services.create_post(
        actor=actor, organisation_uuid=organisation.uuid, title=title, is_head=is_head, at=at
    )
    directory_services.appoint(actor=actor, post_uuid=post.uuid, account_uuid=account.uuid, holder_name=name, at=at)
    for role in roles:
        permissions.bind_role(actor=actor, role=role, post_uuid=post.uuid, at=at)
    audit.record(actor, "identity.official.created", account, at=at, detail={"organisation": organisation_key})
    return account


def _check_official(username: str, name: str) -> None:
    try:
        Account._meta.get_field("username").clean(username, None)
    except ValidationError as fault:
        raise Invalid(
            _("用户名“%s”不可使用。") % username, remedy=_("请用字母、数字和 @ . + - _，最多 150 个字符。")
        ) from fault
    if not name.strip():
        raise Invalid(_("请填写姓名。"))
    if Account.objects.filter(username__iexact=username).exists():  # signing in knows no case
        raise Conflict(_("用户名“%s”已被使用。") % username, remedy=_("请换一个用户名。"))
