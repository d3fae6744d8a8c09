"""What requests and answers of registers have in common: the purpose, and a record as its reader sees it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from .purposes import Purpose, purpose_of


class PurposeIn(Schema):
    """Why: a purpose of the list, and the case or task. The person sees both."""

    purpose: str = Field(max_length=30)
    matter: str = Field(max_length=200)

    def read(self) -> Purpose:
        return purpose_of(self.purpose, self.matter)


class FieldOut(Schema):
    """A field of a record: `whole`, `masked` or `absent` (then `value` is null), and its authority."""

    value: Any
    sight: Literal["whole", "masked", "absent"]
    source: dict[str, str]
    is_disputed: bool


class RecordOut(Schema):
    uuid: UUID
    urn: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    is_synthetic: bool
    fields: dict[str, FieldOut]
