"""Background work of the room."""

from procrastinate.contrib.django import app

from zhengtong.kernel.clock import china_date, now

from . import services


@app.periodic(cron="10 18 * * *")  # in UTC: ten past two at night in China
@app.task(name="zhengtong.support.files.clean", queue="maintenance", queueing_lock="files.clean")
def clean(timestamp: int) -> None:  # noqa: ARG001
    services.clean(china_date(now()).toordinal(), at=now())
