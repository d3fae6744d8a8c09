"""A refusal is witnessed after the rollback; a stranger is sent to sign in."""

import pytest
from django.db import DatabaseError
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from zhengtong.kernel.actors import ANONYMOUS
from zhengtong.security.audit import services as audit
from zhengtong.security.audit.models import Entry

from .. import services
from ..middleware import DenialWitness
from . import factories as make

ACTION = "permissions.role.bind"


def ask(actor, *, path="/x/", method="get", status=None, **headers):
    """One request through the middleware to a view that demands a permission, as `Problems` would answer it."""

    def view(request):
        try:
            services.require(actor, ACTION, make.account_urn())
        except services.Denied as denied:
            return HttpResponse("refused", status=status or denied.status)
        return HttpResponse("inside")

    return DenialWitness(view)(getattr(RequestFactory(), method)(path, headers=headers))


@pytest.mark.django_db
def test_a_refusal_is_one_entry_with_its_reason() -> None:
    actor = make.official(make.post())
    assert ask(actor).status_code == 403
    entry = Entry.objects.get(outcome="denied")
    assert (entry.actor_urn, entry.action) == (actor.urn, ACTION)
    assert "系统管理员" in entry.detail["reason"]
    assert entry.object_urn.startswith("urn:zhengtong:")


@pytest.mark.django_db
def test_a_refusal_that_the_page_took_in_its_stride_is_none() -> None:
    assert ask(make.resident(), status=200).status_code == 200
    assert not Entry.objects.filter(outcome="denied").exists()


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_and_back() -> None:
    response = ask(ANONYMOUS, path="/hall/cases/?page=2")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=%2Fhall%2Fcases%2F%3Fpage%3D2")
    assert ask(ANONYMOUS, method="post")["Location"] == "/accounts/login/?next=%2F", "a POST cannot be taken up again"
    assert ask(ANONYMOUS, **{"HX-Request": "true"})["HX-Redirect"].startswith("/accounts/login/")
    assert not Entry.objects.exists(), "nobody acted"


@pytest.mark.django_db
def test_a_program_is_answered_401() -> None:
    for response in (ask(ANONYMOUS, path="/api/cases"), ask(ANONYMOUS, Accept="application/json")):
        assert response.status_code == 401
        assert "Session" in response["WWW-Authenticate"]


@pytest.mark.django_db
def test_a_refusal_stands_even_when_the_log_fails(monkeypatch, caplog) -> None:
    def fail(*args, **kwargs):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(audit, "record_denial", fail)
    assert ask(make.resident()).status_code == 403
    assert "could not be recorded" in caplog.text


def test_operations_of_django_ninja_keep_their_parameters_and_their_policy() -> None:
    from ninja import NinjaAPI

    from .. import routes as addresses

    api = NinjaAPI(urls_namespace="test-permissions", docs_url=None)

    @api.get("/things/{number}")
    @services.guard(ACTION)
    def thing(request, number: int) -> JsonResponse:
        return JsonResponse({"number": number})

    @api.post("/things/{number}")
    @services.public("for the test")
    def make_thing(request, number: int) -> JsonResponse:
        return JsonResponse({"number": number})

    parameters = api.get_openapi_schema(path_prefix="")["paths"]["/things/{number}"]["get"]["parameters"]
    assert parameters[0]["schema"]["type"] == "integer"
    routes = [r for path, view in addresses._views(api.urls[0], "/t/") for r in addresses._routes_of(path, view)]
    found = {(r.methods, r.policy) for r in routes if "things" in r.path}
    assert found == {("GET", ACTION), ("POST", "public")}
