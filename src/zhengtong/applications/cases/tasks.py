"""Background work of the room."""

from procrastinate.contrib.django import app

from zhengtong.kernel.clock import now

from . import services


@app.periodic(cron="30 16 * * *")  # in UTC: half past midnight in China
@app.task(
    name="zhengtong.applications.cases.abandon_overdue_supplements",
    queue="maintenance",
    queueing_lock="cases.abandon_overdue_supplements",
)
def abandon_overdue_supplements(timestamp: int) -> None:  # noqa: ARG001
    services.abandon_overdue_supplements(at=now())


@app.periodic(cron="40 16 * * *")  # in UTC
@app.task(
    name="zhengtong.applications.cases.accept_unanswered",
    queue="maintenance",
    queueing_lock="cases.accept_unanswered",
)
def accept_unanswered(timestamp: int) -> None:  # noqa: ARG001
    services.accept_unanswered(at=now())


@app.periodic(cron="20 * * * *")
@app.task(
    name="zhengtong.applications.cases.release_reviews", queue="maintenance", queueing_lock="cases.release_reviews"
)
def release_reviews(timestamp: int) -> None:  # noqa: ARG001
    services.release_reviews(at=now())


@app.periodic(cron="50 16 * * *")  # in UTC
@app.task(
    name="zhengtong.applications.cases.lapse_stale_drafts",
    queue="maintenance",
    queueing_lock="cases.lapse_stale_drafts",
)
def lapse_stale_drafts(timestamp: int) -> None:  # noqa: ARG001
    services.lapse_stale_drafts(at=now())
