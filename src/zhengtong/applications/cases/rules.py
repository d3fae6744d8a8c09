"""What the law allows at each step of a case. Pure functions on plain values: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.clock import china_date
from zhengtong.kernel.errors import Conflict, FieldError, Invalid
from zhengtong.kernel.ids import parse_urn
from zhengtong.kernel.redaction import MOBILE, find

from .models import Outcome, Status

MINIMUM_VISIT_OFFICERS = 2  # 行政许可法 34

_MAY: dict[str, tuple[str, ...]] = {
    "accept": (Status.SUBMITTED,),
    "refuse": (Status.SUBMITTED,),
    "request_supplement": (Status.SUBMITTED,),
    "submit_supplement": (Status.SUPPLEMENT,),
    "abandon": (Status.SUPPLEMENT,),
    "comment": (Status.SUBMITTED, Status.SUPPLEMENT),
    "withdraw": (Status.SUBMITTED, Status.SUPPLEMENT, Status.IN_REVIEW, Status.AWAITING_DECISION),
    "suspend": (Status.IN_REVIEW, Status.AWAITING_DECISION),
    "resume": (Status.IN_REVIEW, Status.AWAITING_DECISION),
    "extend": (Status.IN_REVIEW, Status.AWAITING_DECISION),
    "visit": (Status.IN_REVIEW,),
    "opinion": (Status.IN_REVIEW,),
    "transfer": (Status.IN_REVIEW,),
    "decide": (Status.AWAITING_DECISION,),
    "deliver": (Status.GRANTED, Status.DENIED, Status.REFUSED),
    "rate": (Status.REFUSED, Status.GRANTED, Status.DENIED),
}


class WrongState(Conflict):
    """The act is not lawful in the state in which the case is now."""

    code = "wrong-state"
    title = _("办件当前状态不允许此操作")


def check_may(act: str, status: str, *, suspended: bool = False) -> None:
    """Raises WrongState when the act is not possible in this status, or while the clock stands still."""
    if status not in _MAY[act]:
        raise WrongState(_("办件当前状态为“%(state)s”，不能执行此操作。") % {"state": Status(status).label})
    if suspended and act in ("opinion", "decide", "suspend", "extend"):
        raise WrongState(_("办件正在特别程序中（已中止计时）。"), remedy=_("请先结束特别程序，再执行此操作。"))
    if not suspended and act == "resume":
        raise WrongState(_("办件没有中止，无需恢复。"))


def acts_possible(status: str, *, suspended: bool = False) -> set[str]:
    """Every act that `check_may` would let pass."""

    def passes(act: str) -> bool:
        try:
            check_may(act, status, suspended=suspended)
        except WrongState:
            return False
        return True

    return {act for act in _MAY if passes(act)}


def check_revision(expected: int | None, actual: int) -> None:
    """Raises Conflict when the page was drawn on an older state than the present one."""
    if expected is not None and expected != actual:
        raise Conflict(_("您打开页面之后，该办件已有新的变化，您的操作没有执行。"))


_NO_NUMBERS = _("请用姓名或办件编号说明；确需核对的号码，请在表单的相应栏目填写，系统会加密保存。")


def check_text(value: str, path: str, label: Any, *, least: int = 1, most: int = 5000) -> str:
    """The text without surrounding blanks. Raises Invalid when it is too short or too long, or holds an identity or
    card number: such words are shown and printed for others, and stand in the clear."""
    text = value.strip()
    if any(found.kind != MOBILE for found in find(text)):
        message = _("%(label)s中不要写身份证号码或银行卡号。") % {"label": label}
        raise Invalid(message, remedy=_NO_NUMBERS, fields=[FieldError(path, message, label)])
    if len(text) < least:
        message = _("请填写%(label)s（至少 %(least)d 个字）。") % {"label": label, "least": least}
        raise Invalid(message, fields=[FieldError(path, message, label)])
    if len(text) > most:
        message = _("%(label)s不能超过 %(most)d 个字。") % {"label": label, "most": most}
        raise Invalid(message, fields=[FieldError(path, message, label)])
    return text


def check_supplement_items(items: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Everything missing, each with what is wanted. Raises Invalid when nothing is named, or too much is said."""
    named = [
        {**item, "what": check_text(item["what"], "items", WANTED, most=500)}
        for item in items
        if item.get("what", "").strip()
    ]
    if not named:
        message = _("请至少列出一项需要补正的内容，并说明如何补正。补正只能告知一次。")
        raise Invalid(message, fields=[FieldError("items", message)])
    check_text("".join(item["what"] for item in named), "items", WANTED, most=5000)
    return named


def check_officers(officers: Sequence[Any], authorities: Iterable[str]) -> None:
    """At least two different officers (行政许可法 34), and one at least of every authority whose review needs the
    visit: nobody examines through the eyes of another. Raises Invalid."""
    if len({o["urn"] for o in officers}) < MINIMUM_VISIT_OFFICERS:
        message = _("现场核查应当指派两名以上工作人员。请再选择一名核查人员。")
        raise Invalid(message, fields=[FieldError("officers", message)])
    if set(authorities) - {o["organisation_uuid"] for o in officers}:
        message = _("需要现场核查的每个审查部门都应当派出工作人员，请补选缺少的部门。")
        raise Invalid(message, fields=[FieldError("officers", message)])


def check_opinion(*, state: str, outcome: str, remarks: str, needs_visit: bool, visited: bool) -> str:
    """The remarks, trimmed. Raises WrongState or Invalid: closed already, no visit yet, or no reason given."""
    if state != "open":
        raise WrongState(_("该审查事项已经出具意见或尚未开始，不能重复提交意见。"))
    if outcome not in Outcome.values:
        message = _("请选择“同意”或“不同意”。")
        raise Invalid(message, fields=[FieldError("outcome", message)])
    if needs_visit and not visited:
        raise WrongState(
            _("该审查需要现场核查，现场核查结果尚未登记。"), remedy=_("请先登记两名以上工作人员的现场核查结果。")
        )
    least = 5 if outcome == Outcome.UNFAVOURABLE else 1
    return check_text(remarks, "remarks", _("审查意见"), least=least)


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """As much of a review as a decision needs."""

    key: str
    state: str
    outcome: str
    is_optional: bool


def blocking_reviews(reviews: Iterable[ReviewFact]) -> list[str]:
    """Keys of the mandatory reviews that stand in the way of granting (rule all_favourable)."""
    return [r.key for r in reviews if not r.is_optional and r.outcome != Outcome.FAVOURABLE and r.state != "cancelled"]


def check_decision(*, granted: bool, reasons: str, reviews: Sequence[ReviewFact]) -> str:
    """The reasons, trimmed. Raises Invalid: an unfavourable mandatory opinion forbids granting; refusals need reasons
    (行政许可法 38)."""
    if granted and (blocking := blocking_reviews(reviews)):
        message = _("有必经审查未通过（%(keys)s），不能作出准予决定。") % {"keys": "、".join(blocking)}
        raise Invalid(message, fields=[FieldError("outcome", message)])
    return check_text(reasons, "reasons", _("决定理由"), least=1 if granted else 10)


_SUPPLEMENT = "supplement-"


STALE_DRAFT_NOTICE = timedelta(days=7)  # between the message and the removal of an untouched draft


def supplement_key(case_number: str) -> str:
    """The key under which the answer to a case's supplement notice is drafted."""
    return f"{_SUPPLEMENT}{case_number}"


def supplemented_number(draft_key: str) -> str:
    """The number of the case whose notice such a draft answers; empty for the draft of an application."""
    return draft_key.removeprefix(_SUPPLEMENT) if draft_key.startswith(_SUPPLEMENT) else ""


def review_clock_key(review_key: str) -> str:
    """The key under which a review's clock hangs on its case."""
    return f"review:{review_key}"


def paper_number(case_number: str, kind: str, serial: int) -> str:
    """The number of an official paper: the case's own number, the kind and a serial within the case."""
    mark = {
        "received": "收", "supplement": "补", "accepted": "受", "refused": "不受", "special": "特",
        "extension": "延", "granted": "准", "denied": "不准", "delivery": "达",
    }[kind]  # fmt: skip
    return f"{case_number}-{mark}{serial:02d}"


class WrongParty(Invalid):
    """The service is not for the kind of party for whom one acts."""

    code = "wrong-party"
    title = _("办事身份不符")


def check_audience(audience: Sequence[str], party_urn: str) -> None:
    """The party is of a kind the service is for, or its output could never be issued. Raises WrongParty."""
    kind = parse_urn(party_urn).noun if party_urn else ""
    if kind in audience:
        return
    if audience == ("legal_entity",):
        raise WrongParty(
            _("本事项由单位申请，您现在的办事身份不是单位。"),
            remedy=_("请切换到单位身份（法定代表人或代理人）后再申请；代理人须先由该单位的法定代表人授权。"),
        )
    raise WrongParty(_("本事项由个人申请，您现在的办事身份不是个人。"), remedy=_("请切换到个人身份后再申请。"))


def signatory(display_name: str, officer: str, *, is_system: bool) -> str:
    """Under whose name an opinion stands. A system hands in what an officer of its authority has found; somebody at the
    workbench signs for himself. Raises Invalid, where no officer is named."""
    if not is_system:
        return display_name
    officer = check_text(officer, "officer", _("工作人员姓名"), least=2, most=40)
    return f"{officer}（{display_name}）"[:80]


class IdentityNotProved(Invalid):
    """The person who acts is not known surely enough for this service."""

    code = "identity-not-proved"
    title = _("身份尚未核验")


def check_assurance(required: int, level: int) -> None:
    """Who acts is known as surely as the service demands, or anybody could file in another's name."""
    if level >= required:
        return
    if level == 1 and required == 2:
        raise IdentityNotProved(
            _("您的姓名和证件号码是自己填报的（一级），尚未核验；办理本事项须先核验身份（二级）。"),
            remedy=_(
                "请本人携带身份证原件到政务服务大厅窗口，报出用户名，当场核验后即可在线办理；也可以直接在窗口申请。"
            ),
        )
    raise IdentityNotProved(
        _("办理本事项须达到实名等级 %(required)d 级，您现在是 %(level)d 级。") % {"required": required, "level": level},
        remedy=_(
            "请本人携带身份证原件到政务服务大厅窗口，报出用户名，由两名工作人员比对本人与证件，几分钟办好，之后即可在线办理。"
        ),
    )


# -- words and small checks of single verbs ----------------------------------------------------------------------------
REASON, RESULT, REMARK, REVEAL_REASON = _("理由"), _("结果"), _("意见"), _("具体事由")
APPROVAL = _("政府批准文件的文号")
PLACE, FINDINGS = _("地点"), _("核查情况")
NOT_ONLINE = _("该事项目前没有开通在线办理，请按办事指南到窗口办理。")
NOT_YOURS = _("所引用的证照不属于申请人。")
FORM_LINE = {"zh": "申请表内容", "en": "What the form says"}
WANTED = _("需要补正的内容")
NOT_ASKED = _("本事项没有这项材料。")
NO_SUCH_OFFICER = _("所选人员不在相关部门任职，或者没有审查权限，请重新选择。")
SPECIAL_PROCEDURES = {
    "hearing": {"zh": "听证", "en": "Hearing"},
    "tender": {"zh": "招标", "en": "Tender"},
    "auction": {"zh": "拍卖", "en": "Auction"},
    "inspection": {"zh": "检验", "en": "Inspection"},
    "testing": {"zh": "检测", "en": "Testing"},
    "quarantine": {"zh": "检疫", "en": "Quarantine"},
    "appraisal": {"zh": "鉴定", "en": "Appraisal"},
    "expert_review": {"zh": "专家评审", "en": "Expert review"},
}
CHANNELS = {"online": _("电子送达"), "window": _("窗口领取"), "post": _("邮寄送达")}


def check_submission(*, is_current: bool, faults: Sequence[FieldError]) -> None:
    """Raises Conflict when the service has a newer version, Invalid with all faults."""
    if not is_current:
        raise Conflict(
            _("该事项的办事指南已更新，您填写时的版本不再受理。"),
            remedy=_("请从办事指南重新开始：已填写的内容会带入新版本，不再需要的会列出来告诉您。"),
        )
    if faults:
        raise Invalid(_("还有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)


def check_in_time(*, late: bool) -> None:
    """Refusal and supplement notice are possible for five days; then the case is accepted by law (行政许可法 32(4))."""
    if late:
        raise WrongState(
            _("受理期限已过，依法自收到申请材料之日起即为受理，不能再要求补正或者不予受理。"),
            remedy=_("请办理受理；不符合法定条件的，经审查后依法作出不予许可的决定。"),
        )


def check_first_notice(exists: bool) -> None:
    """One supplement notice a case (行政许可法 32(4))."""
    if exists:
        raise WrongState(
            _("该办件已经发出过补正告知。依法只能一次性告知。"), remedy=_("请根据已有材料决定受理或者不予受理。")
        )


def check_first_extension(exists: bool) -> None:
    """The period may be extended once (行政许可法 42)."""
    if exists:
        raise WrongState(_("该办件已经延长过一次期限，不能再次延长。"))


def check_first_rating(exists: bool) -> None:
    if exists:
        raise WrongState(_("您已经评价过该办件，谢谢。"))


def check_still_running(*, overdue: bool) -> None:
    """Only a period that still runs can be extended (行政许可法 42): one that is over stays overdue."""
    if overdue:
        raise WrongState(
            _("法定期限已经届满，依法不能再延长。"), remedy=_("请尽快作出决定；超期的事实会保留在办件的期限记录中。")
        )


def check_outcome(outcome: str) -> bool:
    """Whether it is granted. Raises Invalid when nothing was chosen: silence is no denial."""
    if outcome not in ("granted", "denied"):
        message = _("请选择“准予”或“不予”。")
        raise Invalid(message, fields=[FieldError("outcome", message)])
    return outcome == "granted"


def check_transferable(state: str) -> None:
    """A review is handed on while it is still to be done."""
    if state not in ("open", "waiting"):
        raise WrongState(_("该审查已经结束，不能转交。"))


def check_number_of_files(count: int, most: int, title: Any, path: str) -> None:
    """No more files for one requirement than the service takes. `count` with the new one."""
    if count > most:
        message = _("“%(title)s”最多上传 %(most)d 个文件，请先移除不需要的。") % {"title": title, "most": most}
        raise Invalid(message, fields=[FieldError(path, message, title)])


def check_head(*, is_head: bool) -> None:
    """An extension needs the approval of the head of the authority (行政许可法 42)."""
    if not is_head:
        raise WrongState(_("延长期限须经本部门负责人批准，请由负责人操作。"))


def check_approval(document: str, *, needed: bool) -> str:
    """The number of the document by which the government's head approved, where the law asks for it. Raises Invalid."""
    return check_text(document, "approval", APPROVAL, least=4, most=100) if needed else ""


def check_procedure(procedure: str) -> None:
    """One of the procedures whose time is not counted (行政许可法 45)."""
    if procedure not in SPECIAL_PROCEDURES:
        message = _("请选择特别程序的种类（听证、检验、检测、专家评审等）。")
        raise Invalid(message, fields=[FieldError("procedure", message)])


def check_days(days: int, path: str, *, most: int) -> int:
    """A whole number of days from 1 to `most`."""
    if not 1 <= days <= most:
        message = _("请填写 1 到 %(most)d 之间的天数。") % {"most": most}
        raise Invalid(message, fields=[FieldError(path, message)])
    return days


def check_visit_wanted(wanted: bool) -> None:
    if not wanted:
        raise WrongState(_("该办件没有需要现场核查的审查事项。"))


def check_visit_date(scheduled: datetime, at: datetime) -> None:
    """A visit is arranged for today or later."""
    if china_date(scheduled) < china_date(at):
        message = _("核查时间不能早于今天。")
        raise Invalid(message, fields=[FieldError("scheduled_at", message)])


def check_visit_open(conducted: datetime | None, claimed: datetime, accepted: datetime, at: datetime) -> None:
    """A visit is recorded once, after it took place, and takes place after the acceptance (to the minute: forms say no
    more)."""
    if conducted is not None:
        raise WrongState(_("该次现场核查结果已经登记。"))
    if claimed > at:
        message = _("核查时间不能晚于现在。")
        raise Invalid(message, fields=[FieldError("conducted_at", message)])
    if claimed < accepted.replace(second=0, microsecond=0):
        message = _("核查时间不能早于受理时间。")
        raise Invalid(message, fields=[FieldError("conducted_at", message)])


def check_not_delivered(delivered_at: datetime | None) -> None:
    if delivered_at is not None:
        raise WrongState(_("该办件的决定已经送达。"))


def check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        message = _("请选择送达方式：电子送达、窗口领取或邮寄送达。")
        raise Invalid(message, fields=[FieldError("channel", message)])


def check_score(score: int) -> int:
    """1 to 5 (GB/T 39735: 非常不满意 … 非常满意)."""
    if score not in range(1, 6):
        message = _("请选择 1 到 5 分的评价。")
        raise Invalid(message, fields=[FieldError("score", message)])
    return score
