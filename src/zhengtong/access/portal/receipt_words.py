"""What the codes of a receipt mean, for the page that spells one out in the browser."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.texts import localised
from zhengtong.security.audit.providers import ACTIONS

_WORDS = {
    "field.action": _("行为"), "field.outcome": _("结果"), "field.at": _("时间"), "field.recorded_at": _("记录时间"),
    "field.case": _("办件（标识）"), "field.object": _("对象（标识）"), "field.actor": _("行为人（标识）"),
    "field.on_behalf": _("代表（标识）"), "field.capacity": _("身份"), "field.uuid": _("记录编号"),
    "field.purpose": _("用途"), "field.subjects": _("涉及何人"),
    "outcome.done": _("已办"), "outcome.denied": _("被拒绝"),
    "capacity.anonymous": _("未登录者"), "capacity.resident": _("本人"), "capacity.representative": _("法定代表人"),
    "capacity.agent": _("代理人"), "capacity.official": _("工作人员"), "capacity.system": _("系统自动处理"),
    "detail": _("明细"), "detail.case": _("办件编号"), "detail.version": _("事项版本"),
    "detail.party": _("申请人（标识）"), "detail.review": _("审查事项"), "detail.outcome": _("审查结论"),
    "detail.days": _("天数"), "detail.answer_by": _("补正期限"), "detail.requirements": _("要补正的材料"),
    "detail.reasons": _("理由"), "detail.reviews": _("审查事项"), "detail.credentials": _("证照（标识）"),
    "detail.channel": _("渠道"),
    "digest": _("只有加盐摘要，内容未公开"), "beijing": _("北京时间"),
}  # fmt: skip


def words() -> Iterator[tuple[str, str]]:
    """(code, what it means) in the language of the page: fields, their values, and every act of the log."""
    for code, said in _WORDS.items():
        yield code, str(said)
    for action, title in sorted(ACTIONS.items()):
        yield f"action.{action}", localised(title)
