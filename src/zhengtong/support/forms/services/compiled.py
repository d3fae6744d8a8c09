"""Compile a definition once; keep what is good."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import FieldError, Invalid

from ..rules.compiling import compile_definition
from ..rules.faults import Fault
from ..rules.form import Form

MAX_DEFINITION = 500_000  # characters of JSON


class FormFaults(Invalid):
    """The definition is no form. `faults` lists every one with its place."""

    code = "faulty-form"
    title = _("表单定义有误")
    remedy = _("请按列出的位置逐项改正。")

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(fields=[FieldError(path=fault.path, message=fault.message) for fault in faults])
        self.faults = faults

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


def compile_form(definition: Mapping[str, Any]) -> Form:
    """The form of a parsed form.json. Raises FormFaults with all faults at once. Cheap the second time."""
    try:
        text = json.dumps(definition, sort_keys=False, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise FormFaults([Fault("", str(_("不是有效的 JSON：%s")) % str(error)[:100])]) from None
    if len(text) > MAX_DEFINITION:
        raise FormFaults([Fault("", str(_("表单定义过大：最多 %s 个字符")) % MAX_DEFINITION)])
    return _compiled(text)


@functools.lru_cache(maxsize=512)
def _compiled(text: str) -> Form:
    form, faults = compile_definition(json.loads(text))
    if form is None:
        raise FormFaults(faults)
    return form
