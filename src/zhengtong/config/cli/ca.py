"""`zt ca`: the node's own certificate authority, for systems that connect and for the seals of organisations."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from zhengtong.config.cli import django_setup

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_FILE = click.Path(path_type=Path, dir_okay=False)
REASONS = ["unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation"]


@click.group()
def command() -> None:
    """Certify systems and seals; revoke; publish. What is done stands in the accountability log."""
    django_setup()


@command.command()
@click.option("--name", help="Name of the authority; else the node's.")
@click.option("--days", default=3650, show_default=True, help="How long it is valid.")
@_json
def init(name: str | None, days: int, as_json: bool) -> None:
    """Make the authority, or its next key: certificates of a former one are still checked."""
    from django.conf import settings

    from zhengtong.kernel import clock
    from zhengtong.security.signing import queries, services

    title = name or f"{settings.ZT_NODE_NAME['zh']}政务服务节点"
    authority = services.init_authority(actor=_operator(), name=title, days=days, at=clock.now())
    pem = queries.as_pem(bytes(authority.der))
    facts = {"name": authority.name, "algorithm": authority.algorithm, "not_after": authority.not_after.isoformat()}
    click.echo(json.dumps({**facts, "pem": pem}, ensure_ascii=False) if as_json else pem, nl=as_json)


@command.command()
@click.argument("name")
@click.option("--csr", type=click.Path(exists=True, path_type=Path, dir_okay=False), help="Request, PKCS #10 in PEM.")
@click.option("--key-out", type=_FILE, help="Without --csr: where to write the key made for the system (mode 0600).")
@click.option("--out", type=_FILE, help="Where to write the certificate; else it is printed.")
@click.option("--host", "hosts", multiple=True, help="Host name or IP address; may be repeated.")
@click.option("--days", default=365, show_default=True, help="How long it is valid.")
@_json
def issue(  # noqa: PLR0917
    name: str,
    csr: Path | None,
    key_out: Path | None,
    out: Path | None,
    hosts: tuple[str, ...],
    days: int,
    as_json: bool,
) -> None:
    """Certify the key of the system NAME: by its request, else by a P-256 key made for it."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import queries, services

    if (csr is None) == (key_out is None):
        raise click.UsageError("give either --csr, or --key-out for a key made here")
    handle = _new_file(key_out) if key_out else None
    try:
        request = csr.read_bytes() if csr else b""
        issued = services.issue_certificate(
            actor=_operator(), name=name, request=request, hosts=hosts, days=days, at=clock.now()
        )
    except Exception:
        if key_out:
            key_out.unlink()
        raise
    if handle is not None:
        with os.fdopen(handle, "wb") as file:
            file.write(issued.private_key)
    pem = queries.as_pem(bytes(issued.certificate.der))
    if out:
        out.write_text(pem)
    facts = _facts(issued.certificate)
    click.echo(json.dumps({**facts, "pem": pem}, ensure_ascii=False) if as_json else facts["serial"] if out else pem)


@command.command()
@click.argument("serial")
@click.option("--reason", type=click.Choice(REASONS), default="unspecified", show_default=True)
@_json
def revoke(serial: str, reason: str, as_json: bool) -> None:
    """Revoke a certificate by its serial number: refused by the node at once, on the published list within a minute."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import services

    found = services.revoke_certificate(actor=_operator(), serial=serial, reason=reason, at=clock.now())
    services.refresh_list(at=clock.now())
    click.echo(json.dumps(_facts(found), ensure_ascii=False) if as_json else f"{found.serial} {found.name}: {reason}")


@command.command("list")
@click.option("--expiring", type=int, help="Only those in force that run out within so many days.")
@_json
def list_(expiring: int | None, as_json: bool) -> None:
    """List certificates, the newest first."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import queries

    if expiring is None:
        rows: list[Any] = list(queries.list_certificates())
    else:
        rows = list(queries.list_expiring(at=clock.now(), within=timedelta(days=expiring)))
    facts = [_facts(row) for row in rows]
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    for row in [] if as_json else facts:
        click.echo("{serial:<34} {kind:<9} {algorithm:<9} {not_after:.10}  {state:<8} {name}".format(**row))


@command.command()
@click.option("--out", type=_FILE, help="Where to write the list (DER); else it is printed as PEM.")
def crl(out: Path | None) -> None:
    """Give the revocation list as it is published."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import queries, services

    services.refresh_list(at=clock.now())
    published = queries.published_list()
    if published is None:
        raise click.ClickException("There is no authority yet. Run: zt ca init")
    if out:
        out.write_bytes(bytes(published.crl))
    else:
        click.echo(queries.as_pem(bytes(published.crl), "X509 CRL"), nl=False)


@command.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@_json
def check(file: Path, as_json: bool) -> None:
    """Say whether the certificate in FILE is good. Exit code 0: good; 1: not."""
    from zhengtong.kernel import clock
    from zhengtong.security.signing import queries

    standing = queries.check_certificate(file.read_bytes(), at=clock.now())
    found = _facts(standing.certificate) if standing.certificate else None
    click.echo(json.dumps({"state": standing.state, "certificate": found}) if as_json else standing.state)
    raise SystemExit(0 if standing.ok else 1)


@command.command()
@click.argument("organisation")
@click.option("--days", default=1095, show_default=True, help="How long its certificate is valid.")
@_json
def seal(organisation: str, days: int, as_json: bool) -> None:
    """Make the key of an ORGANISATION's seal (its key in the directory): what it issues is signed by it from now on."""
    from zhengtong.kernel import clock
    from zhengtong.security.directory import queries as directory
    from zhengtong.security.signing import services

    found = directory.find_organisation(organisation)
    if found is None:
        raise click.ClickException(f"no organisation {organisation!r} in the directory")
    made = services.make_seal(actor=_operator(), organisation_uuid=found.uuid, days=days, at=clock.now())
    click.echo(json.dumps(_facts(made), ensure_ascii=False) if as_json else f"{made.serial} {made.name}")


def _new_file(path: Path) -> int:
    """Opened before anything is issued, so that a certificate never stands without its key."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise click.ClickException(f"{path} cannot be written: {fault.strerror}") from fault


def _facts(row: Any) -> dict[str, Any]:
    revoked = getattr(row, "revoked_at", None)
    return {
        "serial": getattr(row, "serial", ""), "kind": getattr(row, "kind", "authority"), "name": row.name,
        "algorithm": row.algorithm, "not_after": row.not_after.isoformat(),
        "state": "revoked" if revoked else "issued", "revoked_at": revoked and revoked.isoformat(),
    }  # fmt: skip


def _operator() -> Any:
    from zhengtong.kernel.actors import system_actor

    return system_actor("operator")
