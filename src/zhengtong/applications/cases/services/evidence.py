"""What is stated and what is shown for it, checked against the service version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from zhengtong.applications.public_services import queries as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.errors import FieldError
from zhengtong.kernel.texts import localised
from zhengtong.resources.credentials import queries as credentials
from zhengtong.support.files import queries as files
from zhengtong.support.forms import services as forms

NO_EVIDENCE = "（本事项无需提交材料）"


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One piece of evidence for a requirement: exactly one of the two is set."""

    requirement_key: str
    file_uuid: UUID | None = None
    credential_uuid: UUID | None = None


def state_data(
    version: Any, data: Mapping[str, Any], *, actor: Actor, at: datetime
) -> tuple[dict[str, Any], list[FieldError]]:
    """The form's data with every prefilled value fetched again from its register, and the faults found."""
    form = public_services.form_of(version)
    prefilled = forms.prefill(form, actor.party_urn, actor, at, data=data)
    faults = forms.validate(form, data, prefilled=prefilled, at=at, actor=actor)
    return forms.settle(form, data, prefilled), faults


def check_evidence(
    version: Any, data: Mapping[str, Any], evidence: Sequence[EvidenceItem], *, holder_urn: str, at: datetime
) -> tuple[list[EvidenceItem], list[FieldError]]:
    """The evidence that counts, and a fault for every requirement without one or with one that is not the holder's."""
    faults: list[FieldError] = []
    kept: list[EvidenceItem] = []
    for requirement in public_services.applicable_requirements(version, data):
        title = localised(requirement.title)
        given = [e for e in evidence if e.requirement_key == requirement.key]
        if requirement.required and not given:
            faults.append(
                FieldError(
                    f"evidence.{requirement.key}",
                    _("缺少申请材料：%(title)s。请上传或引用已有证照。") % {"title": title},
                    title,
                )
            )
        for item in given:
            if problem := _problem(item, requirement, holder_urn=holder_urn, at=at):
                faults.append(FieldError(f"evidence.{requirement.key}", problem, title))
            else:
                kept.append(item)
    return kept, faults


def titles_of(version: Any, evidence: Sequence[EvidenceItem]) -> list[str]:
    """What was handed in, each once, in Chinese: papers are in the language of the law."""
    titles = {r["key"]: r["title"]["zh"] for r in version.manifest.get("requirements", [])}
    return list(dict.fromkeys(titles.get(e.requirement_key, e.requirement_key) for e in evidence)) or [NO_EVIDENCE]


def _problem(item: EvidenceItem, requirement: Any, *, holder_urn: str, at: datetime) -> str:
    if item.credential_uuid:
        usable = {c.uuid for c in credentials.usable_as_evidence(holder_urn, requirement.credential_types, at)}
        return "" if item.credential_uuid in usable else _("所引用的证照不存在、已失效或不属于申请人，请重新选择。")
    file = files.find_file(item.file_uuid) if item.file_uuid else None
    if file is None or file.party_urn != holder_urn:
        return _("找不到所上传的文件，请重新上传。")
    return ""
