"""Guide pages: the package's Markdown as safe HTML, with its headings for a table of contents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import markdown
import nh3

from .definitions import (
    CredentialDef,
    DecisionDef,
    QuestionDef,
    RequirementDef,
    ReviewDef,
    Texts,
    credentials_of,
    decision_of,
    questions_of,
    requirements_of,
    reviews_of,
)
from .models import PublicService, ServiceVersion

_TAGS = {
    "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "blockquote", "table", "thead", "tbody", "tr",
    "th", "td", "hr", "br", "a", "dl", "dt", "dd",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "h2": {"id"}, "h3": {"id"}, "th": {"scope"}}
_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Heading:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything a guide page shows. `lang` is the language of `html`; `zh` also where the data are Chinese only.

    For an information-only service all but the title, the item's codes and the department is empty.
    """

    service: PublicService
    version: ServiceVersion | None
    lang: str
    html: str = ""
    headings: tuple[Heading, ...] = ()
    conditions: tuple[Texts, ...] = ()
    questions: tuple[QuestionDef, ...] = ()
    requirements: tuple[RequirementDef, ...] = ()
    reviews: tuple[ReviewDef, ...] = ()
    decision: DecisionDef | None = None
    credentials: tuple[CredentialDef, ...] = ()
    result: Texts = field(default_factory=dict)
    fees: tuple[Mapping[str, Any], ...] = ()
    law: tuple[Mapping[str, Any], ...] = ()
    faq: tuple[Mapping[str, Any], ...] = ()
    visits: Mapping[str, Any] = field(default_factory=dict)
    place: Mapping[str, Any] = field(default_factory=dict)
    contact: Mapping[str, Any] = field(default_factory=dict)
    implementation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_information_only(self) -> bool:
        return self.version is None


def render_guide(service: PublicService, version: ServiceVersion | None, lang: str) -> Guide:
    """The guide of a service in a language, from the version or, without one, from the local list alone."""
    if version is None:
        return Guide(service, None, service.lang or lang)
    manifest = version.manifest
    html, headings = safe_html(version.guide.get(lang) or version.guide.get("zh", ""))
    return Guide(
        service, version, lang, html, headings,
        conditions=tuple(manifest.get("conditions") or ()),
        questions=questions_of(manifest), requirements=requirements_of(manifest), reviews=reviews_of(manifest),
        decision=decision_of(manifest), credentials=credentials_of(manifest), result=manifest.get("result") or {},
        fees=tuple(manifest.get("fees") or ()), law=tuple(manifest.get("law") or ()),
        faq=tuple(manifest.get("faq") or ()), visits=manifest.get("visits") or {"count": 0},
        place=manifest.get("place") or {}, contact=manifest.get("contact") or {},
        implementation=manifest.get("implementation") or {},
    )  # fmt: skip


def safe_html(text: str) -> tuple[str, tuple[Heading, ...]]:
    """Markdown to HTML without script, style, images or raw markup. `#` becomes level 2: the page has its own title."""
    raw = markdown.markdown(_lower_headings(text), extensions=["tables", "sane_lists", "def_list"])
    clean = nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "http", "mailto", "tel"})
    headings: list[Heading] = []

    def mark(match: re.Match[str]) -> str:
        headings.append(Heading(f"guide-{len(headings) + 1}", _TAG.sub("", match[1])))
        return f'<h2 id="{headings[-1].id}">{match[1]}</h2>'

    return _HEADING.sub(mark, clean), tuple(headings)


def _lower_headings(text: str) -> str:
    """`# Title` → `## Title`, if the text has headings of the first level."""
    if not re.search(r"(?m)^# ", text):
        return text
    return re.sub(r"(?m)^(#{1,4}) ", r"#\1 ", text)
