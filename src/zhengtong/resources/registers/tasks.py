"""Background work of the room: duplicates after a load, the rules of quality every night, statistics once a month."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from zhengtong.kernel.actors import system_actor
from zhengtong.kernel.clock import china_date, now

from . import services
from .catalogue import definitions
from .handlers import MATCH

WORKER = "zt worker"
PATIENCE = RetryStrategy(max_attempts=5, exponential_wait=8)  # another search may be running


@app.periodic(cron="15 17 * * *")  # in UTC: a quarter past one at night in China
@app.task(
    name="zhengtong.resources.registers.start_quality", queue="maintenance", queueing_lock="registers.start_quality"
)
def start_quality(timestamp: int) -> None:  # noqa: ARG001
    """One job for each register, so that one that fails is tried again alone."""
    for definition in definitions().values():
        if definition.quality:
            run_quality.defer(register=definition.key)
        if definition.statistics and china_date(now()).day == 1:
            make_statistics.defer(register=definition.key)


@app.task(name="zhengtong.resources.registers.run_quality", queue="maintenance")
def run_quality(register: str) -> None:
    services.run_quality(actor=system_actor(WORKER), register=register, at=now())


@app.task(name="zhengtong.resources.registers.make_statistics", queue="maintenance")
def make_statistics(register: str) -> None:
    services.make_statistics(actor=system_actor(WORKER), register=register, at=now())


@app.task(name=MATCH, queue="maintenance", retry=PATIENCE)
def find_duplicates(register: str) -> None:
    """What was written since the last search began, against the whole register."""
    services.find_duplicates(actor=system_actor("registers"), register=register, clock=now, only_new=True)


@app.task(name=services.MAKE, queue=services.QUEUE)
def make_snapshot(snapshot_uuid: str) -> None:
    services.make_snapshot(snapshot_uuid=UUID(snapshot_uuid), at=now())


@app.periodic(cron="25 * * * *")
@app.task(
    name="zhengtong.resources.registers.clean_snapshots",
    queue="maintenance",
    queueing_lock="registers.clean_snapshots",
)
def clean_snapshots(timestamp: int) -> None:  # noqa: ARG001
    services.clean_snapshots(at=now())
