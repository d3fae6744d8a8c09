"""`zt jobs`: background jobs that were given up, and how to run them again."""

from __future__ import annotations

import json

import click

from zhengtong.config.cli import django_setup


@click.group()
def command() -> None:
    """Look after background jobs."""
    django_setup()


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def failed(as_json: bool) -> None:
    """List jobs that failed for good. Exit code 1 when there are any."""
    from zhengtong.kernel.events import queries

    jobs = queries.list_failed_jobs()
    if as_json:
        rows = [{"id": job.id, "task": job.task, "arguments": job.arguments, "attempts": job.attempts} for job in jobs]
        click.echo(json.dumps(rows, ensure_ascii=False))
    for job in [] if as_json else jobs:
        click.echo(f"{job.id}  {job.task}  attempts {job.attempts}  {json.dumps(job.arguments, ensure_ascii=False)}")
    raise SystemExit(1 if jobs else 0)


@command.command()
@click.argument("job_id", type=int)
def retry(job_id: int) -> None:
    """Run a failed job again."""
    from zhengtong.kernel import clock
    from zhengtong.kernel.errors import NotFound
    from zhengtong.kernel.events import services

    try:
        services.retry_failed_job(job_id=job_id, at=clock.now())
    except NotFound as fault:
        raise click.ClickException(str(fault.message)) from fault
    click.echo(f"job {job_id} is waiting again")
