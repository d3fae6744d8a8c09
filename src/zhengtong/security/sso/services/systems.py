"""Systems and their keys: registered, disabled, enabled again. Each step is witnessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound
from zhengtong.kernel.texts import Texts
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions import services as permissions
from zhengtong.security.signing import queries as signing

from .. import rules
from ..models import System, SystemKey
from ..providers import SCOPES
from .id_tokens import ensure_key
from .tokens import end_tokens_of


@verb
def register_system(
    *,
    actor: Actor,
    key: str,
    title: Texts,
    organisation_key: str,
    at: datetime,
    redirect_uris: Sequence[str] = (),
    logout_uris: Sequence[str] = (),
    backchannel_logout_uri: str = "",
    scopes: Sequence[str] = (),
    sector: str = "",
    purpose: str = "",
) -> System:
    """Register a system of an organisation. Addresses are compared whole; https, or http on loopback.

    Raises Invalid (every fault at once), NotFound (organisation), Conflict (the key is taken), Denied.
    """
    permissions.require(actor, "sso.system.manage")
    organisation = directory.find_organisation(organisation_key)
    if organisation is None:
        raise NotFound(
            _("没有部门“%s”。") % organisation_key, remedy=_("请使用部门名录中的键值：zt account organisations。")
        )
    addresses = [*redirect_uris, *logout_uris, *filter(None, [backchannel_logout_uri])]
    faults = [*_faults(key, title, addresses, scopes), *_missing(scopes, redirect_uris, purpose)]
    found = sector or ("" if faults else rules.sector_of(redirect_uris))
    if found is None:
        faults.append(FieldError("sector", _("回调地址分属多个主机，请用 --sector 指明同一识别范围。"), _("识别范围")))
    if faults:
        raise Invalid(_("接入系统的登记内容有误。"), fields=faults)
    if System.objects.filter(key=key).exists():
        raise Conflict(_("已有名为“%s”的接入系统。") % key, remedy=_("请换一个名称，或用 zt system list 查看。"))
    system = System.objects.create(
        key=key, title=title, organisation_uuid=organisation.uuid, sector=found or key,
        redirect_uris=list(redirect_uris), logout_uris=list(logout_uris), scopes=list(scopes), purpose=purpose.strip(),
        backchannel_logout_uri=backchannel_logout_uri, registered_at=at, registered_by_urn=actor.urn,
    )  # fmt: skip
    if redirect_uris:
        ensure_key(at=at)
    detail = {"key": key, "organisation": organisation_key, "scopes": list(scopes), "addresses": list(redirect_uris)}
    detail |= {"purpose": system.purpose, "backchannel_logout": backchannel_logout_uri}
    audit.record(actor, "sso.system.registered", system, at=at, detail=detail)
    return system


def _faults(key: str, title: Texts, addresses: Sequence[str], scopes: Sequence[str]) -> list[FieldError]:
    said = {
        rules.AddressFault.UNREADABLE: _("不是完整的网址"),
        rules.AddressFault.NOT_HTTPS: _("须以 https 开头；只有本机回环地址可用 http"),
        rules.AddressFault.FRAGMENT: _("不得带 # 片段"),
        rules.AddressFault.LOGIN: _("不得带用户名或口令"),
        rules.AddressFault.WILDCARD: _("不得带通配符 *，须逐个登记"),
    }
    found = [
        FieldError("redirect_uris", f"{address}：{said[fault]}", _("地址"))
        for address in addresses
        if (fault := rules.check_address(address))
    ]
    try:
        System._meta.get_field("key").run_validators(key)
    except Exception:
        found.append(FieldError("key", _("名称只能用小写字母、数字和连字符，最多 60 个字符。"), _("名称")))
    if not title.get("zh", "").strip():
        found.append(FieldError("title", _("请给出系统的中文名称。"), _("系统名称")))
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        known = "、".join(sorted(SCOPES))
        found.append(FieldError("scopes", _("没有范围 %(unknown)s；可用：%(known)s")
                                % {"unknown": "、".join(unknown), "known": known}, _("范围")))  # fmt: skip
    return found


def _missing(scopes: Sequence[str], redirect_uris: Sequence[str], purpose: str) -> list[FieldError]:
    found = []
    personal = [scope for scope in scopes if (known := SCOPES.find(scope)) and known.is_personal]
    if personal and (rules.OPENID not in scopes or not redirect_uris):
        found.append(FieldError("scopes", _("登录用的系统须有范围 openid 和至少一个回调地址。"), _("范围")))
    if redirect_uris and rules.OPENID not in scopes:
        found.append(FieldError("redirect_uris", _("登记回调地址的系统须有范围 openid。"), _("地址")))
    if rules.ID_NUMBER in scopes and not purpose.strip():
        found.append(FieldError("purpose", _("申请身份证号须写明用途（--purpose）。"), _("用途")))
    return found


@verb
def set_system(*, actor: Actor, key: str, is_enabled: bool, at: datetime) -> System:
    """Disable a system, with every token it holds, or enable it again. Raises NotFound, Conflict, Denied."""
    system = _locked(key)
    permissions.require(actor, "sso.system.manage", system)
    if (system.disabled_at is None) == is_enabled:
        raise Conflict(_("该系统已经是这个状态。"), remedy=_("请用 zt system list 查看。"))
    system.set_enabled(is_enabled, at)
    system.save(update_fields=["disabled_at"])
    if not is_enabled:
        end_tokens_of(system, at)
    audit.record(actor, f"sso.system.{'enabled' if is_enabled else 'disabled'}", system, at=at, detail={"key": key})
    return system


@verb
def set_backchannel_logout(*, actor: Actor, key: str, address: str, at: datetime) -> System:
    """Where the system is told that somebody signed out; empty: nowhere. Raises NotFound, Invalid, Denied."""
    system = _locked(key)
    permissions.require(actor, "sso.system.manage", system)
    if address and (faults := _faults(key, system.title, [address], [])):
        raise Invalid(_("接入系统的登记内容有误。"), fields=faults)
    system.backchannel_logout_uri = address
    system.save(update_fields=["backchannel_logout_uri"])
    audit.record(actor, "sso.system.changed", system, at=at, detail={"key": key, "backchannel_logout": address})
    return system


@verb
def add_key(*, actor: Actor, key: str, data: bytes, at: datetime) -> SystemKey:
    """Register a public key of a system: PEM, JWK, or a certificate of this node's authority.

    Raises NotFound, Invalid (what is wrong with the key), Conflict (it stands already), Denied.
    """
    system = _locked(key)
    permissions.require(actor, "sso.system.manage", system)
    material = _read(data)
    if material.certificate and not (standing := signing.check_certificate(material.certificate, at=at)).ok:
        raise Invalid(
            _("该证书不能使用（%s）。") % standing.state, remedy=_("请登记本节点签发且在有效期内的证书：zt ca issue。")
        )
    try:
        with transaction.atomic():
            row = SystemKey.objects.create(
                system=system, kid=material.kid, algorithm=material.algorithm, spki=material.spki,
                certificate=material.certificate, added_at=at,
            )  # fmt: skip
    except IntegrityError as fault:
        raise Conflict(_("该密钥已经登记。"), remedy=_("每个系统使用自己的密钥。")) from fault
    audit.record(actor, "sso.key.added", system, at=at, detail={"kid": row.kid, "algorithm": row.algorithm})
    return row


def _read(data: bytes) -> rules.KeyMaterial:
    said = {
        "unreadable": _("读不出公钥。请给出 PEM 公钥、JWK 或 PEM 证书。"),
        "private": _("这是私钥。私钥不得离开系统；请改用公钥，并更换这对密钥。"),
        "weak": _("RSA 密钥不足 2048 位。"),
        "kind": _("不支持这种密钥。请使用 Ed25519、P-256 或 RSA。"),
    }
    try:
        return rules.read_key(data)
    except rules.KeyRefused as fault:
        raise Invalid(said[str(fault)]) from fault


@verb
def revoke_key(*, actor: Actor, key: str, kid: str, at: datetime) -> SystemKey:
    """End a key; tokens got by it are refused at once. `kid` may be shortened to 8 characters.

    Raises NotFound, Denied.
    """
    system = _locked(key)
    permissions.require(actor, "sso.system.manage", system)
    rows = list(system.keys.filter(kid__startswith=kid, revoked_at=None)) if len(kid) >= 8 else []
    if len(rows) != 1:
        raise NotFound(_("该系统没有这把密钥。"), remedy=_("请用 zt system key list 查看密钥编号。"))
    row = rows[0]
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    row.tokens.filter(revoked_at=None).update(revoked_at=at)
    audit.record(actor, "sso.key.revoked", system, at=at, detail={"kid": row.kid})
    return row


def _locked(key: str) -> System:
    system = System.objects.select_for_update().filter(key=key).first()
    if system is None:
        raise NotFound(_("没有名为“%s”的接入系统。") % key, remedy=_("请用 zt system list 查看。"))
    return system
