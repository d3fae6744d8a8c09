"""The JSON interface of registers: definition, read by key and by batch, verification, records as of a day.

Keys stand in bodies, never in addresses. Every read is on record; so none needs an idempotency key.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from zhengtong.kernel.clock import now
from zhengtong.kernel.idempotency.services import exempt
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import guard

from . import describing, queries, services
from .answers import as_json, no_record
from .rest_bulk import router as bulk
from .rest_features import router as features
from .rest_schemas import PurposeIn, RecordOut

__all__ = ["bulk", "features", "router"]

router = Router(tags=["registers"])
_ANEW = "changes nothing; every read runs and is recorded anew"


class KeyIn(PurposeIn):
    """The values of one of the register's keys."""

    key: dict[str, str] = Field(max_length=10)


class AsOfIn(KeyIn):
    """What was true on a day (else today), as known at a moment (else now)."""

    on: date | None = None
    known: datetime | None = None


class BatchIn(PurposeIn):
    keys: list[dict[str, str]] = Field(min_length=1, max_length=200)


class ClaimsIn(KeyIn):
    claims: dict[str, Any] = Field(min_length=1, max_length=50)


class RegisterOut(Schema):
    key: str
    label: dict[str, str]
    description: dict[str, str]
    keys: list[list[str]]


class FieldDefinition(Schema):
    name: str
    element: str
    label: dict[str, str]
    type: str
    authority: str
    secrecy: str
    sharing: str
    is_required: bool
    is_retired: bool


class DefinitionOut(RegisterOut):
    version: int
    fields: list[FieldDefinition]


class VerdictsOut(Schema):
    verdicts: dict[str, Literal["yes", "no", "not_found"]]


@router.get("", response=list[RegisterOut], summary="Registers in force")
@guard("registers.definition.read")
def list_registers(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """Every register with its keys."""
    return [_head(one) for one in queries.definitions().values()]


@router.get("/{slug:register_key}", response=DefinitionOut, summary="Definition of a register")
@guard("registers.definition.read")
def get_definition(request: HttpRequest, register_key: str) -> dict[str, Any]:  # noqa: ARG001
    """Its fields with their authorities, secrecy and sharing."""
    found = queries.get_register(register_key)
    version = next(one.number for one in queries.list_versions(register_key) if one.is_in_force)
    names = FieldDefinition.model_fields
    fields = [{name: getattr(one, name) for name in names} | {"secrecy": one.secrecy.key} for one in found.fields]
    return {**_head(found), "version": version, "fields": fields}


@router.get("/{slug:register_key}/openapi.json", response=dict[str, Any], summary="OpenAPI of one register")
@guard("registers.definition.read")
def get_description(request: HttpRequest, register_key: str) -> dict[str, Any]:  # noqa: ARG001
    """Made from the definition in force: keys, fields and claims with their types."""
    return describing.openapi(queries.get_register(register_key))


@router.post("/{slug:register_key}/read", response=RecordOut, summary="Read a record by its key")
@limited("reveal")
@exempt(_ANEW)
@guard("registers.record.read")
def read(request: HttpRequest, register_key: str, body: KeyIn) -> dict[str, Any]:
    """For a purpose: fields of one's own authority and those granted are whole, the rest masked or absent."""
    return _found(
        services.read_record(actor=request.actor, register=register_key, key=body.key, purpose=body.read(), at=now())
    )


@router.post("/{slug:register_key}/history", response=RecordOut, summary="A record as of a day")
@limited("reveal")
@exempt(_ANEW)
@guard("registers.record.read")
def history(request: HttpRequest, register_key: str, body: AsOfIn) -> dict[str, Any]:
    """What was true on day D as known at moment K. 404: it did not exist then, or was not known."""
    at = now()
    known = body.known if body.known and body.known.tzinfo else None
    return _found(
        services.read_record(
            actor=request.actor, register=register_key, key=body.key, purpose=body.read(), at=at, on=body.on,
            known=known or at,
        )
    )  # fmt: skip


@router.post("/{slug:register_key}/batch", response=list[RecordOut | None], summary="Read up to 200 records")
@limited("reveal")
@exempt(_ANEW)
@guard("registers.record.read")
def batch(request: HttpRequest, register_key: str, body: BatchIn) -> list[dict[str, Any] | None]:
    """In the order of the keys, null for what the register does not hold; one entry in the log."""
    answers = services.read_batch(
        actor=request.actor, register=register_key, keys=body.keys, purpose=body.read(), at=now()
    )
    return [as_json(one) if one else None for one in answers]


@router.post("/{slug:register_key}/verify", response=VerdictsOut, summary="Verify without disclosure")
@limited("verify")
@exempt(_ANEW)
@guard("registers.record.verify")
def verify(request: HttpRequest, register_key: str, body: ClaimsIn) -> dict[str, Any]:
    """For each claim yes, no or not found; at most 20 times a day about one record."""
    verdicts = services.verify_record(
        actor=request.actor, register=register_key, key=body.key, claims=body.claims, purpose=body.read(), at=now()
    )
    return {"verdicts": verdicts}


def _found(answer: services.Answer | None) -> dict[str, Any]:
    if answer is None:
        raise no_record()
    return as_json(answer)


def _head(found: queries.Definition) -> dict[str, Any]:
    return {
        "key": found.key, "label": found.label, "description": found.description, "keys": [list(k) for k in found.keys],
    }  # fmt: skip
