"""How the values of this room are said, in both languages."""

from __future__ import annotations

from zhengtong.kernel.texts import Texts

from .counting import Kind, Lamp
from .explaining import Why

KINDS: dict[Kind, Texts] = {
    Kind.STATUTORY: {"zh": "法定办结时限", "en": "Statutory limit"},
    Kind.PROMISED: {"zh": "承诺办结时限", "en": "Promised limit"},
    Kind.REVIEW: {"zh": "审查时限", "en": "Limit of the review"},
    Kind.ACCEPTANCE: {"zh": "受理时限", "en": "Limit for acceptance"},
    Kind.DELIVERY: {"zh": "送达时限", "en": "Limit for delivery"},
    Kind.SUPPLEMENT: {"zh": "补正时限", "en": "Limit for the supplement"},
}
LAMPS: dict[Lamp, Texts] = {
    Lamp.GREEN: {"zh": "期限内", "en": "Within the limit"},
    Lamp.YELLOW: {"zh": "即将到期", "en": "Nearly due"},
    Lamp.RED: {"zh": "已超期", "en": "Overdue"},
    Lamp.GREY: {"zh": "已中止计时", "en": "Suspended"},
}
REASONS: dict[Why, Texts] = {
    Why.START: {"zh": "起算日，不计入", "en": "The starting day, not counted"},
    Why.WORKING_DAY: {"zh": "工作日", "en": "Working day"},
    Why.MAKE_UP_DAY: {"zh": "调休上班日", "en": "Make-up working day"},
    Why.NATURAL_DAY: {"zh": "自然日", "en": "Calendar day"},
    Why.HOLIDAY: {"zh": "法定节假日放假", "en": "Public holiday"},
    Why.WEEKEND: {"zh": "周末", "en": "Weekend"},
    Why.SUSPENDED: {"zh": "中止期间，不计入", "en": "Suspended, not counted"},
}
