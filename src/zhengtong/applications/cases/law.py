"""On which law an act rests, by the kind of service (GB/T 39046 table A.1). Pure functions on plain values.

Only what is an administrative licence (01) is handled under the 行政许可法. Other powers and public services rest on
the law that set them up; their limits are those the service has published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.texts import Texts

LICENCE = "01"
ACCEPTANCE_DAYS = 5  # 行政许可法 32(4): the longest an authority may take, whatever the service promises
SUPPLEMENT_ANSWER_DAYS = 15  # working days to answer the notice; the law leaves it to the authority
ORDINARY_DAYS = 20  # 行政许可法 42, paragraph 1

_OF_LICENCES: dict[str, Texts] = {
    "acceptance": {"zh": "《行政许可法》第三十二条", "en": "Administrative Licensing Law, art. 32"},
    "statutory": {"zh": "《行政许可法》第四十二条", "en": "Administrative Licensing Law, art. 42"},
    "delivery": {"zh": "《行政许可法》第四十四条", "en": "Administrative Licensing Law, art. 44"},
}
_PUBLISHED: dict[str, Texts] = {
    "acceptance": {"zh": "事项公布的受理时限", "en": "Time for acceptance published with the service"},
    "statutory": {"zh": "事项公布的办结时限", "en": "Time limit published with the service"},
    "delivery": {"zh": "事项公布的送达时限", "en": "Time for delivery published with the service"},
    "promised": {"zh": "事项公布的承诺时限", "en": "Time promised in the published service"},
    "review": {"zh": "事项公布的审查时限", "en": "Review time of the published service"},
    "supplement": {
        "zh": "补正告知书确定的补正期限（法律没有规定）",
        "en": "Time set by the supplement notice (the law sets none)",
    },
}


def is_licence(service_type: str) -> bool:
    return service_type == LICENCE


_STATUS_OF_LICENCES = {"granted": _("准予许可"), "denied": _("不予许可")}
_STATUS_OF_OTHERS = {"granted": _("已办结"), "denied": _("不予办理")}
_RESULT = _("办理结果通知书")


def status_word(service_type: str, status: str) -> Any:
    """How a decided case is called; empty for every other status."""
    return (_STATUS_OF_LICENCES if is_licence(service_type) else _STATUS_OF_OTHERS).get(status, "")


def paper_word(kind: str, *, is_licence: bool) -> Any:
    """What a decision is called that is no licence; empty where the paper's usual name holds."""
    return _RESULT if kind in ("granted", "denied") and not is_licence else ""


def may_be_deemed_accepted(service_type: str, received: datetime, at: datetime) -> bool:
    """Whether it is worth counting: five working days are at least six days on the calendar. Only the 行政许可法 deems
    an application accepted that nobody answered (32(4))."""
    return is_licence(service_type) and at - received > timedelta(days=ACCEPTANCE_DAYS)


def basis(service_type: str, clock: str) -> Texts:
    """The clause a clock rests on, or the publication where no law sets it."""
    clauses = _OF_LICENCES if is_licence(service_type) else {}
    return clauses.get(clock, _PUBLISHED[clock])


@dataclass(frozen=True, slots=True)
class Extension:
    """How far a limit may be extended, once, and who must approve: `organ` its head, `government` that of the
    government at the same level, whose approval has a document number."""

    days: int
    approval: str

    @property
    def needs_document(self) -> bool:
        return self.approval == "government"


def extension_of(statutory_days: int, *, is_joint: bool) -> Extension:
    """行政许可法 42: 20 days may get 10 more from the head of the organ. Only where licences are handled jointly within
    45 days does the head of the government approve 15 more; a joint service that keeps to 20 days stays under the
    first rule. A longer limit of a single service, set by another law, is extended as an ordinary one."""
    if is_joint and statutory_days > ORDINARY_DAYS:
        return Extension(15, "government")
    return Extension(10, "organ")
