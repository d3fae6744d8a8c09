"""Views that go wrong in every way a client can cause, and one in a way it cannot."""

import json

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.csrf import csrf_protect

from zhengtong.kernel.errors import Conflict, FieldError, Invalid, NotFound, TooLarge, Unavailable
from zhengtong.kernel.idempotency.services import exempt

FAULTS = {
    "invalid": (lambda: Invalid("面积有误", fields=[FieldError("area_m2", "请填写大于 0 的数字。", "面积")]), 422),
    "not-found": (NotFound, 404),
    "conflict": (Conflict, 409),
    "too-large": (TooLarge, 413),
    "unavailable": (lambda: Unavailable(headers={"Retry-After": "7"}), 503),
    "http404": (lambda: Http404("secret detail"), 404),
    "missing-row": (ContentType.DoesNotExist, 404),
    "denied": (PermissionDenied, 403),
    "suspicious": (lambda: SuspiciousOperation("secret detail"), 400),
    "body-too-big": (RequestDataTooBig, 413),
    "validation": (lambda: ValidationError({"name": ["太长"]}), 422),
    "json": (lambda: json.JSONDecodeError("bad", "{", 1), 400),
    "unforeseen": (lambda: RuntimeError("secret detail"), 500),
}


def fail(request, name):
    raise FAULTS[name][0]()


def look_up(request):
    return HttpResponse(ContentType.objects.filter(app_label=request.GET["q"]).count())


def store(request):
    ContentType.objects.create(app_label=request.POST["name"], model="x")
    return HttpResponse("stored")


@exempt("reads the body only")
def read_json(request):
    return HttpResponse(json.loads(request.body)["name"])


@csrf_protect
@exempt("stores nothing")
def protected(request):
    return HttpResponse("ok")


def shells(request, name):
    return render(request, f"design/{name}.html")


urlpatterns = [
    path("fail/<str:name>/", fail),
    path("look-up/", look_up),
    path("store/", store),
    path("read-json/", read_json),
    path("protected/", protected),
    path("shells/<str:name>/", shells),
    path("api/fail/<str:name>", fail),
    path("cms/page/", look_up),
    path("", lambda request: HttpResponse("home"), name="home"),
    path("", include("zhengtong.config.urls")),  # the menus of other rooms lead somewhere
]
handler400 = handler403 = handler404 = "zhengtong.kernel.design.views.refuse"
handler500 = "zhengtong.kernel.design.views.fail"
