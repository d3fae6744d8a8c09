"""The parts of a manifest as plain values, with their defaults filled in. Every text is a map of zh and en."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Texts = Mapping[str, str]

ASSURANCE = 2  # of a service that does not say: its effect is a legal one
ACCEPTANCE_DAYS = 5  # 行政许可法 32
DELIVERY_DAYS = 10  # 行政许可法 44
SINGLE_DAYS = 20  # 行政许可法 42
JOINT_DAYS = 45  # 行政许可法 42


@dataclass(frozen=True, slots=True)
class Alone:
    """What a review takes when it is applied for alone (分办)."""

    days: int
    visits: int = 1
    requirements: int = 0
    title: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReviewDef:
    """One authority's review. `days` are working days; `when` is CEL, empty if it always takes place.

    `organisation_uuid` is the authority as it was when the version was published; None in an unpublished package.
    """

    key: str
    title: Texts
    authority: str
    days: int
    site_visit: str = ""  # "", "own" or "joint"
    when: str = ""
    after: tuple[str, ...] = ()
    optional: bool = False
    checklist: tuple[Texts, ...] = ()
    alone: Alone | None = None
    law: Texts = field(default_factory=dict)
    organisation_uuid: UUID | None = None


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    key: str
    title: Texts
    is_credential: bool = False


@dataclass(frozen=True, slots=True)
class RequirementDef:
    """申请材料要求. Any one of `evidence` will do; `reuse` is `credentials` where what is held is not asked for again.

    `kinds` are the same pieces of evidence with their titles.
    """

    key: str
    title: Texts
    evidence: tuple[str, ...]
    kinds: tuple[EvidenceKind, ...]
    help: Texts = field(default_factory=dict)
    reuse: str = ""
    required: bool = True
    when: str = ""
    reviews: tuple[str, ...] = ()
    source: str = "applicant"
    material: str = "copy"
    format: str = "electronic"
    standard: Texts = field(default_factory=dict)
    blank: str = ""
    sample: str = ""
    max_files: int = 5
    law: Texts = field(default_factory=dict)

    @property
    def credential_types(self) -> tuple[str, ...]:
        """The credential types that fulfil it without an upload."""
        return tuple(kind.key for kind in self.kinds if kind.is_credential) if self.reuse == "credentials" else ()


@dataclass(frozen=True, slots=True)
class CredentialField:
    key: str
    title: Texts
    source: str  # the form's field


@dataclass(frozen=True, slots=True)
class CredentialDef:
    """A credential the service may issue. `review`: only if that review took place and was favourable."""

    key: str
    title: Texts
    type_code: str
    validity_months: int | None
    template: str
    fields: tuple[CredentialField, ...]
    issuer: str = ""
    when: str = ""
    review: str = ""
    organisation_uuid: UUID | None = None


@dataclass(frozen=True, slots=True)
class DecisionDef:
    """Working days. `statutory` and `promised` run from acceptance, `delivery` from the decision."""

    statutory_days: int
    promised_days: int
    acceptance_days: int = ACCEPTANCE_DAYS
    delivery_days: int = DELIVERY_DAYS
    by: str = "lead_authority"
    rule: str = "all_favourable"
    title: Texts = field(default_factory=lambda: {"zh": "决定", "en": "Decision"})
    justification: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionDef:
    """A question before applying. `must` is the CEL condition of eligibility, `otherwise` what to tell if it fails."""

    key: str
    title: Texts
    type: str  # boolean | number | choice
    help: Texts = field(default_factory=dict)
    options: tuple[tuple[str, Texts], ...] = ()
    when: str = ""
    must: str = ""
    otherwise: Texts = field(default_factory=dict)


def reviews_of(manifest: Mapping[str, Any]) -> tuple[ReviewDef, ...]:
    return tuple(_review(entry) for entry in manifest.get("reviews") or ())


def requirements_of(manifest: Mapping[str, Any]) -> tuple[RequirementDef, ...]:
    kinds = evidence_of(manifest)
    return tuple(_requirement(entry, kinds) for entry in manifest.get("requirements") or ())


def evidence_of(manifest: Mapping[str, Any]) -> dict[str, EvidenceKind]:
    """The kinds of evidence that the manifest declares."""
    declared = manifest.get("evidence") or {}
    return {key: EvidenceKind(key, entry["title"], entry.get("credential", False)) for key, entry in declared.items()}


def credentials_of(manifest: Mapping[str, Any]) -> tuple[CredentialDef, ...]:
    """The credentials that are outputs, in the order of `outputs`."""
    declared = {entry["key"]: entry for entry in manifest.get("credentials") or ()}
    return tuple(_credential(declared[key]) for key in manifest.get("outputs") or () if key in declared)


def decision_of(manifest: Mapping[str, Any]) -> DecisionDef:
    entry = dict(manifest["decision"])
    return DecisionDef(acceptance_days=manifest.get("acceptance_days", ACCEPTANCE_DAYS), **entry)


def questions_of(manifest: Mapping[str, Any]) -> tuple[QuestionDef, ...]:
    return tuple(_question(entry) for entry in manifest.get("eligibility") or ())


def holder_kind(audience: Sequence[str]) -> str:
    """Who may hold what the service issues: its audience, or anybody where it serves several."""
    return audience[0] if len(audience) == 1 else "any"


def authorities_of(manifest: Mapping[str, Any]) -> list[str]:
    """Keys of all organisations the package names, the lead authority first."""
    keys = [manifest["lead_authority"]]
    keys += [entry["authority"] for entry in manifest.get("reviews") or ()]
    keys += [entry["issuer"] for entry in manifest.get("credentials") or () if entry.get("issuer")]
    return list(dict.fromkeys(keys))


def _review(entry: Mapping[str, Any]) -> ReviewDef:
    known = {k: v for k, v in entry.items() if k not in ("after", "checklist", "alone")}
    return ReviewDef(
        **known,
        after=tuple(entry.get("after") or ()),
        checklist=tuple(entry.get("checklist") or ()),
        alone=Alone(**entry["alone"]) if entry.get("alone") else None,
    )


def _requirement(entry: Mapping[str, Any], kinds: Mapping[str, EvidenceKind]) -> RequirementDef:
    known = {k: v for k, v in entry.items() if k not in ("evidence", "reviews")}
    named = tuple(kinds.get(key) or EvidenceKind(key, entry["title"]) for key in entry["evidence"])
    return RequirementDef(
        **known, evidence=tuple(entry["evidence"]), kinds=named, reviews=tuple(entry.get("reviews") or ())
    )


def _credential(entry: Mapping[str, Any]) -> CredentialDef:
    known = {k: v for k, v in entry.items() if k not in ("fields", "holder")}
    fields = tuple(CredentialField(f["key"], f["title"], f["from"].removeprefix("form.")) for f in entry["fields"])
    return CredentialDef(**known, fields=fields)


def _question(entry: Mapping[str, Any]) -> QuestionDef:
    known = {k: v for k, v in entry.items() if k != "options"}
    return QuestionDef(**known, options=tuple((o["value"], o["title"]) for o in entry.get("options") or ()))
