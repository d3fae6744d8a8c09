"""One service, one version, and what a version says about an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.texts import Texts, language, localised
from zhengtong.security.directory import queries as directory
from zhengtong.security.permissions.providers import Secrecy
from zhengtong.support.forms import services as forms
from zhengtong.support.forms.providers import OPTIONS
from zhengtong.support.workflow import queries as workflow

from .. import definitions, editions, rules
from ..definitions import CredentialDef, DecisionDef, QuestionDef, RequirementDef, ReviewDef
from ..guides import Guide, render_guide
from ..models import PublicService, ServiceVersion
from ..rules import Comparison, Eligibility


@dataclass(frozen=True, slots=True)
class Output:
    """A credential to be issued: `data` by field key, codes already as their Chinese titles."""

    credential_type: str
    title: Texts
    data: dict[str, Any]
    organisation_uuid: UUID
    template: str
    validity_months: int | None
    holder_kind: str


def get_service(key: str) -> PublicService:
    """A service by its key, or by the address it had before a package took it over. Raises NotFound."""
    found = PublicService.objects.select_related("current_version").filter(Q(key=key) | Q(item_key=key))
    service = next(iter(sorted(found[:2], key=lambda s: s.key != key)), None)
    if service is None:
        raise NotFound(_("没有这个事项。"), remedy=_("请返回事项列表重新查找。"))
    return service


def find_service(key: str) -> PublicService | None:
    """As `get_service`, or None."""
    try:
        return get_service(key)
    except NotFound:
        return None


def find_service_by_item(item_code: str) -> PublicService | None:
    """The service with this full item code of the local list."""
    return PublicService.objects.select_related("current_version").filter(item_code=item_code).first()


def get_current_version(key: str) -> ServiceVersion | None:
    """The published version of a service, or None where it has none (information only, retired). Raises NotFound."""
    named = Q(service__key=key) | Q(service__item_key=key)
    current = list(editions.versions().filter(named, service__current_version=F("pk"))[:2])
    if len(current) == 1 and current[0].service.key == key:
        return editions.complete(current[0])
    return get_service(key).current_version


def find_current_version_uuid(key: str) -> UUID | None:
    """The published version of a service by its key or item code; None where there is no such service or version."""
    named = PublicService.objects.filter(Q(key=key) | Q(item_key=key), current_version__isnull=False)
    found = dict(named.values_list("key", "current_version__uuid")[:2])
    return found.get(key) or next(iter(found.values()), None)


def get_version(uuid: UUID) -> ServiceVersion:
    """A version, published or retired, with its service. Raises NotFound."""
    version = editions.versions().filter(uuid=uuid).first()
    if version is None:
        raise NotFound(_("没有这个事项版本。"))
    return editions.complete(version)


def get_pinned_version(uuid: UUID) -> ServiceVersion:
    """What a case stands on: everything the version says, as it was published. Read once per process.

    Its status and its service are looked up when asked for. Raises NotFound.
    """
    try:
        return copy(editions.pinned(uuid))
    except ServiceVersion.DoesNotExist:
        raise NotFound(_("没有这个事项版本。")) from None


def versions_by_uuid(uuids: Iterable[UUID]) -> dict[UUID, ServiceVersion]:
    """Many versions in one query; what is missing is left out."""
    return {v.uuid: editions.complete(v) for v in editions.versions().filter(uuid__in=set(uuids))}


def list_versions(service: PublicService) -> list[ServiceVersion]:
    """All versions, the newest first, without their texts."""
    return list(service.versions.defer("manifest", "form", "guide", "templates", "files"))


def form_of(version: ServiceVersion) -> forms.Form:
    """The compiled form of a version; kept per process, for a version never changes."""
    return editions.form_of(version)


def list_reviews(version: ServiceVersion) -> list[ReviewDef]:
    """All reviews the version knows, whether or not they take place in a given case."""
    return _placed(version, definitions.reviews_of(version.manifest))


def eligibility_questions(version: ServiceVersion) -> list[QuestionDef]:
    """The questions before applying (情形选择), of type boolean (`yes`/`no`), number or choice."""
    return list(definitions.questions_of(version.manifest))


def is_current(version: ServiceVersion) -> bool:
    """Whether new applications may be filed under this version."""
    return version.status == ServiceVersion.Status.PUBLISHED


def get_decision(version: ServiceVersion) -> DecisionDef:
    """Who decides, by which rule, in how many working days."""
    return definitions.decision_of(version.manifest)


def secrecy_of(version: ServiceVersion) -> Secrecy:
    """The level of every case of this version: what its package says, else internal."""
    return Secrecy.named(version.manifest.get("secrecy", Secrecy.INTERNAL.key))


def applicable_reviews(version: ServiceVersion, form_data: Mapping[str, Any]) -> list[ReviewDef]:
    """The reviews of a case with this form. A condition that cannot be judged counts as true: the careful side."""
    return _placed(version, rules.applicable_reviews(version.manifest, form_data))


def applicable_requirements(version: ServiceVersion, form_data: Mapping[str, Any]) -> list[RequirementDef]:
    """The evidence a case with this form needs (`required`) or may have."""
    return rules.applicable_requirements(version.manifest, form_data)


def find_requirement(version_uuid: UUID, key: str) -> RequirementDef | None:
    """One requirement of a version, whether or not it applies in a given case."""
    manifest = get_pinned_version(version_uuid).manifest
    return next((r for r in definitions.requirements_of(manifest) if r.key == key), None)


def outputs(
    version: ServiceVersion, form_data: Mapping[str, Any], favourable: Iterable[str] | None = None
) -> list[Output]:
    """The credentials a favourable decision issues; `favourable` names the reviews that ended so (None: all)."""
    chosen = rules.applicable_credentials(version.manifest, form_data, favourable)
    return [_output(version, credential, form_data) for credential in chosen]


def review_conditions(version: ServiceVersion, form_data: Mapping[str, Any]) -> dict[str, bool]:
    """The booleans the process of the version wants: `run_<review key>`."""
    return rules.review_conditions(version.manifest, form_data)


def reviewing_organisations(version: ServiceVersion, conditions: Mapping[str, bool]) -> list[UUID]:
    """The authorities of the reviews that `review_conditions` lets take place, each once."""
    reviews = [r for r in definitions.reviews_of(version.manifest) if conditions[f"run_{r.key}"]]
    return list(dict.fromkeys(version.organisation_of(review.authority) for review in reviews))


def lead_organisation(version: ServiceVersion) -> Any:
    """The organisation that accepts and decides: the directory's record (uuid, name, division …)."""
    return directory.get_organisation(version.organisation_of(version.manifest["lead_authority"]))


def typed_answers(version: ServiceVersion, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a page sends them, as booleans, numbers and choices; what cannot be read is left out."""
    return rules.typed_answers(definitions.questions_of(version.manifest), answers)


def audience_of(version: ServiceVersion) -> tuple[str, ...]:
    """Who may apply under this version: `person`, `legal_entity`, or both."""
    return tuple(version.manifest["audience"])


def assurance_of(version: ServiceVersion) -> int:
    """How surely the person who applies must be known: 1 stated, 2 document seen, 3 verified by two officials."""
    return int(version.manifest.get("assurance", definitions.ASSURANCE))


def eligibility(version: ServiceVersion, answers: Mapping[str, Any]) -> Eligibility:
    """What the answers to the questions before applying lead to."""
    return rules.eligibility(version.manifest, answers)


def comparison(version: ServiceVersion, form_data: Mapping[str, Any] | None = None) -> Comparison:
    """Who waits for whom, and what is saved against applying for each part alone: data for a bar chart."""
    return rules.compare(version.manifest, form_data)


def flow_svg(version: ServiceVersion, lang: str | None = None) -> str:
    """The flow diagram as SVG, drawn on the server."""
    return workflow.diagram_svg(version.process_definition_uuid, {}, lang or language())


def get_guide(service: PublicService, lang: str | None = None) -> Guide:
    """The guide page of a service; for an information-only one what the local list says of it."""
    return render_guide(service, service.current_version, lang or language())


# -- the steps --------------------------------------------------------------------------------------------------------
def _placed(version: ServiceVersion, reviews: Iterable[ReviewDef]) -> list[ReviewDef]:
    return [replace(review, organisation_uuid=version.organisation_of(review.authority)) for review in reviews]


def _output(version: ServiceVersion, credential: CredentialDef, form_data: Mapping[str, Any]) -> Output:
    issuer = credential.issuer or version.manifest["lead_authority"]
    return Output(
        credential_type=credential.key, title=credential.title,
        data={field.key: _shown(version, field.source, form_data) for field in credential.fields},
        organisation_uuid=version.organisation_of(issuer), template=version.templates[credential.template],
        validity_months=credential.validity_months, holder_kind=definitions.holder_kind(version.manifest["audience"]),
    )  # fmt: skip


def _shown(version: ServiceVersion, name: str, form_data: Mapping[str, Any]) -> Any:
    """The value as a paper shows it: a code as its Chinese title."""
    field, value = form_of(version).fields.get(name), form_data.get(name)
    if field is None or not field.is_choice or value in (None, "", []):
        return value
    codes = value if isinstance(value, list) else [value]
    titles = [localised(_title_of(field, code), "zh") for code in codes]
    return titles if isinstance(value, list) else titles[0]


def _title_of(field: Any, code: str) -> Texts | str:
    if field.table:
        option = OPTIONS.get(field.table).find(code)
        return option.title if option else code
    return field.enum_titles.get(code, code)
