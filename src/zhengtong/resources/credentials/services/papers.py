"""The licence as a PDF, and who may have it: its holder, and officials of a case to which the holder gave it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from zhengtong.kernel import identifiers
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Invalid, NotFound
from zhengtong.kernel.texts import Texts
from zhengtong.kernel.transactions import verb
from zhengtong.security.audit import services as audit
from zhengtong.security.permissions import services as permissions
from zhengtong.support.rendering import services as rendering

from .. import queries, rules
from ..models import Credential, Use
from .uses import note

PAPERS = Path(__file__).parent.parent / "papers"


SPECIMEN_CODE = "SPECIMENSPECIMEN"


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send: its name for people, and its bytes (PDF/A)."""

    name: str
    content: bytes


def pdf(uuid: UUID) -> bytes:
    """The licence, always drawn from what was signed. For rooms that have checked the reader themselves."""
    return _draw(queries.get(uuid))


@verb
def download(*, actor: Actor, uuid: UUID, at: datetime) -> Download:
    """The licence for its holder. Raises NotFound, Denied."""
    credential = queries.get(uuid)
    permissions.require(actor, "credentials.credential.download", credential)
    note(credential, Use.Kind.DOWNLOADED, actor, at=at)
    return _file(credential)


@verb
def open_for_case(*, actor: Actor, uuid: UUID, case_urn: str, purpose: str, at: datetime) -> Download:
    """The licence for an official of a case: it must be evidence of that very case. The log names reader and purpose.

    The cases room checks that the official works on the case. Raises NotFound (also where the holder did not give the
    credential to this case), Invalid (no purpose), Denied.
    """
    credential = queries.get(uuid)
    permissions.require(actor, "credentials.credential.read", credential)
    if not purpose.strip():
        raise Invalid(_("请说明查阅用途。"))
    if (
        credential.case_urn != case_urn
        and not credential.uses.filter(kind=Use.Kind.EVIDENCE, case_urn=case_urn).exists()
    ):
        raise NotFound(_("该证照不是本办件的申请材料。"), remedy=_("请从办件的材料清单中打开。"))
    note(credential, Use.Kind.OPENED, actor, at=at, case_urn=case_urn, purpose=purpose)
    audit.record_read(actor, [credential.holder_urn], purpose, credential, at=at, case_urn=case_urn)
    return _file(credential)


def _file(credential: Credential) -> Download:
    name = f"{credential.title['zh']}-{credential.number}.pdf".replace("/", "-")
    return Download(name, _draw(credential))


def _draw(credential: Credential) -> bytes:
    return _render(credential.layout.template, sheet(credential), at=credential.issued_at, is_fixed=True)


def specimen(*, title: Texts, fields: Sequence[Mapping[str, Any]], template: str) -> bytes:
    """What a licence of this title, with these fields ({key, title, value}), looks like; nothing is issued.

    Raises rendering's TemplateFault, with what typst says, and MissingGlyph.
    """
    url = f"{settings.ZT_BASE_URL}/verify/{SPECIMEN_CODE}"
    return _render(template, {
        "title": title, "number": "示例-0001", "version": 1, "issuer": {"zh": "示例机关", "en": "Specimen authority"},
        "identifier": f"{identifiers.ELICENCE_ROOT}.示例", "verify_url": url, "qr": rendering.qr_svg(url),
        "holder": {"urn": "", "kind": "legal_entity", "name": "示例", "identifier": ""},
        "fields": [{"key": f["key"], "title": f["title"], "value": str(f["value"])} for f in fields],
        "data": {f["key"]: str(f["value"]) for f in fields}, "issued": "2026年1月1日",
        "validity": "自2026年1月1日起长期有效", "code": rules.print_code(SPECIMEN_CODE), "is_demo": True,
        "signature": {"algorithm": "Ed25519", "key_id": "0" * 16, "value": "0" * 128, "digest": "0" * 64},
    })  # fmt: skip


def _render(template: str, values: Mapping[str, Any], *, at: datetime | None = None, is_fixed: bool = False) -> bytes:
    """Set it in a folder of its own: a template sees its credential and the house's parts, nothing else.

    What is issued is fixed, and printed also where a character of it has no glyph.
    """
    with tempfile.TemporaryDirectory(prefix="zt-licence-") as folder:
        root = Path(folder)
        for part in PAPERS.glob("*.typ"):
            (root / part.name).write_bytes(part.read_bytes())
        main = root / "credential.typ"
        main.write_text(template or (PAPERS / "licence.typ").read_text("utf-8"), "utf-8")
        press = rendering.pdf_of_record if is_fixed else rendering.pdf
        return press(main, values, root=root, at=at)


def sheet(credential: Credential) -> dict[str, Any]:
    """What a template gets (README.md lists it): texts ready to print, all taken from the signed payload."""
    said = rules.read_payload(credential.signed_text)
    payload = credential.signed_text.encode()
    return {
        "title": said["type"]["title"], "number": said["number"], "identifier": said["identifier"],
        "version": credential.version, "holder": said["holder"], "issuer": said["issuer"]["name"],
        "fields": [
            {"key": f["key"], "title": f["title"], "value": shown(said["data"][f["key"]])}
            for f in credential.layout.fields
            if f["key"] in said["data"]
        ],
        "data": {key: shown(value) for key, value in said["data"].items()},
        "issued": _day(china_date(datetime.fromisoformat(said["issued_at"]))),
        "validity": _validity(said), "code": credential.printed_code,
        "verify_url": queries.verify_url(credential),
        "qr": rendering.qr_svg(queries.verify_url(credential)),
        "signature": {
            "algorithm": credential.signature_algorithm, "key_id": credential.key_id,
            "value": bytes(credential.signature).hex(), "digest": hashlib.sha256(payload).hexdigest(),
        },
        "is_demo": bool(settings.ZT_DEMO),
    }  # fmt: skip


def shown(value: rules.Value) -> str:
    """A signed value in print: ISO days as Chinese ones, yes and no in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return _day(date.fromisoformat(value))
        except ValueError:
            return value
    return str(value)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _validity(said: Mapping[str, Any]) -> str:
    first = _day(date.fromisoformat(said["valid_from"]))
    return f"{first}至{_day(date.fromisoformat(said['valid_to']))}" if said["valid_to"] else f"自{first}起长期有效"
