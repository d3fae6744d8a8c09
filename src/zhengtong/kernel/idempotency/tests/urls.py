"""Views that write rows, fail, and wait, for the tests of the middleware."""

import threading
from datetime import UTC, datetime

from django.contrib.sessions.models import Session
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path

from zhengtong.kernel.errors import Conflict
from zhengtong.kernel.idempotency.services import exempt, withhold

entered = threading.Event()
may_end = threading.Event()
runs: list[str] = []


def _write(request) -> None:
    runs.append(request.path)
    values = {"session_data": "idempotency_test", "expire_date": datetime(2099, 1, 1, tzinfo=UTC)}
    Session.objects.create(session_key=f"run{len(runs)}", **values)


def write(request):
    _write(request)
    return redirect("/done/")


def slow(request):
    _write(request)
    entered.set()
    may_end.wait(10)
    return JsonResponse({"run": len(runs)}, status=201)


def refuse(request):
    _write(request)
    raise Conflict("冲突")


def reject(request):
    _write(request)
    return HttpResponse("no", status=422)


def crash(request):
    _write(request)
    raise RuntimeError("unforeseen")


def stream(request):
    _write(request)
    return StreamingHttpResponse([b"a", b"b"])


def secret(request):
    _write(request)
    withhold(request, "password")
    return JsonResponse({"number": "0001", "password": "ABCD2345"})


@exempt("changes nothing")
def look_up(request):
    return HttpResponse("found")


urlpatterns = [
    path(f"{view.__name__}/", view) for view in (write, slow, refuse, reject, crash, stream, secret, look_up)
]
handler400 = handler403 = handler404 = "zhengtong.kernel.design.views.refuse"
handler500 = "zhengtong.kernel.design.views.fail"
