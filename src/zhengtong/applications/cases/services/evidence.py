"""What is stated and what is shown for it, checked against the service version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    requirements = public_services.applicable_requirements(version, data)
    known = _Known.of(requirements, evidence, holder_urn=holder_urn, at=at)
    for requirement in requirements:
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
        if sum(1 for item in given if item.file_uuid) > requirement.max_files:
            problem = _("“%(title)s”最多提交 %(most)d 个文件。") % {"title": title, "most": requirement.max_files}
            faults.append(FieldError(f"evidence.{requirement.key}", problem, title))
        for item in given:
            if problem := known.problem(item, requirement):
                faults.append(FieldError(f"evidence.{requirement.key}", problem, title))
            else:
                kept.append(item)
    return kept, faults


def titles_of(version: Any, evidence: Sequence[EvidenceItem]) -> list[str]:
    """What was handed in, each once, in Chinese: papers are in the language of the law."""
    titles = {r["key"]: r["title"]["zh"] for r in version.manifest.get("requirements", [])}
    return list(dict.fromkeys(titles.get(e.requirement_key, e.requirement_key) for e in evidence)) or [NO_EVIDENCE]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the holder may refer to, read at once for all the evidence: files, and usable credentials by uuid."""

    files: Collection[UUID]
    credentials: Mapping[UUID, Any]

    @classmethod
    def of(
        cls, requirements: Sequence[Any], evidence: Sequence[EvidenceItem], *, holder_urn: str, at: datetime
    ) -> _Known:
        found = files.files_by_uuid(e.file_uuid for e in evidence if e.file_uuid)
        named = {e.credential_uuid for e in evidence if e.credential_uuid}
        kinds = {kind for requirement in requirements for kind in requirement.credential_types}
        usable = credentials.usable_as_evidence(holder_urn, sorted(kinds), at, among=named) if named else []
        return cls({f.uuid for f in found.values() if f.party_urn == holder_urn}, {c.uuid: c for c in usable})

    def problem(self, item: EvidenceItem, requirement: Any) -> str:
        """Why this piece does not count, or nothing."""
        if item.credential_uuid:
            credential = self.credentials.get(item.credential_uuid)
            if credential and set(credential.type.evidence_keys).intersection(requirement.credential_types):
                return ""
            return _("所引用的证照不存在、已失效或不属于申请人，请重新选择。")
        return "" if item.file_uuid in self.files else _("找不到所上传的文件，请重新上传。")
