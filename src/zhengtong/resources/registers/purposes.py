"""For what a record may be read: a purpose of this list, and in one's own words the matter it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhengtong.kernel.errors import FieldError, Invalid
from zhengtong.kernel.texts import Texts, localised
from zhengtong.kernel.wording import gettext as _
from zhengtong.security.permissions.wire import PURPOSES as DECLARED

OWN: Mapping[str, Texts] = {
    "licensing": {"zh": "行政许可和政务服务", "en": "Licensing and public services"},
    "penalty": {"zh": "行政处罚和强制", "en": "Penalties and enforcement"},
    "social-relief": {"zh": "社会救助和保障", "en": "Social relief and security"},
    "emergency": {"zh": "应急处置", "en": "Emergencies"},
}
READ_FOR = ("licensing", "supervision", "penalty", "social-relief", "verification", "emergency")
PURPOSES: Mapping[str, Texts] = {key: {**DECLARED, **OWN}[key] for key in READ_FOR}
LONGEST_MATTER = 200


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why somebody reads: `key` of PURPOSES, `matter`: which case or task, so that the person can judge it."""

    key: str
    matter: str

    @property
    def text(self) -> str:
        """As it stands in the log, and on the person's page."""
        return f"{PURPOSES[self.key]['zh']}：{self.matter}"


def purpose_of(key: str, matter: str) -> Purpose:
    """Raises Invalid, naming what is missing."""
    faults = []
    if key not in PURPOSES:
        known = " / ".join(localised(text) for text in PURPOSES.values())
        faults.append(FieldError("purpose", _("请选择读取目的：%s。") % known, _("目的")))
    words = matter.strip().replace("\x00", "")
    if not words or len(words) > LONGEST_MATTER:
        told = _("请写明具体事由，例如办件编号或检查任务，最多 %s 个字。") % LONGEST_MATTER
        faults.append(FieldError("matter", told, _("事由")))
    if faults:
        raise Invalid(_("每次读取都须说明目的，本人可以看到。"), fields=faults)
    return Purpose(key, words)
