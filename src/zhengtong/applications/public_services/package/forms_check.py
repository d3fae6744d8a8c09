"""The form: does it compile, and does it ask only for what no register holds (一数一源, 在线政务服务规定 7)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zhengtong.kernel.documents.faults import Fault, pointer
from zhengtong.kernel.documents.said import say as _
from zhengtong.resources.registers import queries as registers
from zhengtong.support.forms import services as forms
from zhengtong.support.forms.providers import PREFILL, ChoiceSource

from .reading import Package
from .walking import form_properties, mapping, words

_PERSONAL_FORMATS = {"cn-id", "cn-mobile"}
_REGISTERS_OF = {"person": {"person", "premises"}, "legal_entity": {"legal_entity", "premises"}}


def check(package: Package) -> Iterator[Fault]:
    name = package.manifest.get("form")
    definition = package.json(name) if isinstance(name, str) else None
    if not isinstance(name, str) or definition is None:
        return
    try:
        forms.compile_form(definition)
    except forms.FormFaults as error:
        for found in error.faults:
            place = pointer(name, found.path.split(".")) if found.path else name
            yield Fault(place, "form-faulty", found.message, _("请改正表单定义。"))
    for field, properties in form_properties(package).items():
        yield from _field(package, name, field, mapping(properties))


def _field(package: Package, file: str, name: str, field: Mapping[str, Any]) -> Iterator[Fault]:
    path = pointer(file, ("schema", "properties", name))
    bound = mapping(field.get("x-prefill"))
    held = _held(field)
    if held and not bound and not held.may_reask:
        yield Fault(path, "once-only", *_asked_again(name, held))
    if held and bound and (bound.get("register"), bound.get("field")) != (held.register, held.name):
        yield Fault(
            path,
            "prefill-other-field",
            _("字段“%(name)s”绑定的不是数据元“%(element)s”所在的登记项。")
            % {"name": name, "element": held.data_element},
            _("应为 %(key)s（%(source)s）。") % {"key": held.key, "source": held.authority.source},
        )
    if (
        bound
        and not {"key", "choose"} & set(bound)
        and isinstance(PREFILL.find(str(bound.get("register"))), ChoiceSource)
    ):
        yield Fault(
            path,
            "prefill-unchosen",
            _("“%(register)s”中一个主体可以有多条记录，没有说明取哪一条。") % {"register": bound.get("register")},
            _('请在选择记录的字段写 "choose": true，其余字段写 "key": 该字段名。'),
        )
    if bound and not _reachable(package, str(bound.get("register"))):
        yield Fault(
            path,
            "prefill-not-of-audience",
            _("服务对象不在“%(register)s”中，无法预填。") % {"register": bound.get("register")},
            _("请改用该服务对象的登记，或去掉 x-prefill。"),
        )
    if field.get("format") in _PERSONAL_FORMATS and field.get("x-personal") is not True:
        yield Fault(
            path,
            "personal-unprotected",
            _("字段“%(name)s”是个人信息，没有加密标记。") % {"name": name},
            _('请加上 "x-personal": true。'),
        )


def _held(field: Mapping[str, Any]) -> Any:
    """The register's field that holds this, by data element; without one by its name, for dodging does not help."""
    element = field.get("x-data-element")
    if isinstance(element, str) and element:
        return registers.find_register_field(element)
    title = mapping(field.get("x-title")).get("zh")
    return next((held for held in registers.field_authorities() if held.label.get("zh") == title), None)


def _asked_again(name: str, held: Any) -> tuple[Any, Any]:
    message = _("字段“%(name)s”的内容，“%(source)s”（%(key)s）已有，不得要求申请人另行提供。") % {
        "name": name,
        "source": held.authority.source,
        "key": held.key,
    }
    remedy = _('请绑定预填："x-prefill": {"register": "%(register)s", "field": "%(field)s"}。') % {
        "register": held.register,
        "field": held.name,
    }
    return message, remedy


def _reachable(package: Package, register: str) -> bool:
    """Whether a party of the audience can stand in the register; an unknown register is the form's own fault."""
    reachable = [register in _REGISTERS_OF.get(audience, set()) for audience in words(package.manifest.get("audience"))]
    known = any(register in names for names in _REGISTERS_OF.values())
    return not known or not reachable or any(reachable)
