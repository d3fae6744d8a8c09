"""Verbs of the forms. A form is compiled once, then filled, checked, protected and shown."""

from ..rules.faults import Fault
from ..rules.form import ANSWERS, DISPUTES, Field, Form, Kind, Step, Widget
from .checking import validate
from .compiled import FormFaults, compile_form
from .drafts import discard_draft, discard_drafts, discard_untouched, save_draft
from .filling import StepResult, read_post, store_uploads, take_step
from .prefilling import Prefilled, prefill, settle
from .protecting import is_protected, masked, protect, reveal
from .showing import StepSummary, SummaryRow, files_in, summarise

__all__ = [
    "ANSWERS", "DISPUTES", "Fault", "Field", "Form", "FormFaults", "Kind", "Prefilled", "Step", "StepResult",
    "StepSummary", "SummaryRow", "Widget", "compile_form", "discard_draft", "discard_drafts", "discard_untouched",
    "files_in", "is_protected", "masked", "prefill", "protect", "read_post", "reveal", "save_draft", "settle",
    "store_uploads", "summarise", "take_step", "validate",
]  # fmt: skip
