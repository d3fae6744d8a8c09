"""One NinjaAPI for the node. Rooms bring routers; refusals are RFC 9457 problems, as everywhere."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie, HttpBearer

from zhengtong.applications.cases import rest as cases
from zhengtong.applications.public_services import rest as public_services
from zhengtong.kernel.actors import Actor
from zhengtong.kernel.design.faults import Unauthorised
from zhengtong.kernel.errors import FieldError, Invalid, ZhengtongError
from zhengtong.resources.registers import rest as registers
from zhengtong.resources.standards import rest as standards

from . import files, verification


class SignedIn(APIKeyCookie):
    """The session of a signed-in person, with the CSRF token in `X-CSRFToken` for every write."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002
        return request.actor if request.actor.is_authenticated else None


class BySystem(HttpBearer):
    """The access token of a registered system (OAuth 2.0 client credentials, scopes); checked by sso's middleware."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:  # noqa: ARG002
        return request.actor if request.actor.is_client else None


api = NinjaAPI(
    title="政通开放接口 Zhengtong open interface",
    version="1",
    description="Every write carries `Idempotency-Key`; errors are `application/problem+json` (RFC 9457).",
    urls_namespace="api",
    docs_url=None,
    auth=[BySystem(), SignedIn()],
)


@api.exception_handler(ZhengtongError)
def _raise_problem(request: HttpRequest, exc: ZhengtongError) -> HttpResponse:  # noqa: ARG001
    """Leave it to the house: the middleware rolls back first and answers then."""
    raise exc


@api.exception_handler(AuthenticationError)
def _sign_in_first(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    raise Unauthorised


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:  # noqa: ARG001
    from django.utils.translation import gettext as _

    fields = [
        FieldError(".".join(str(p) for p in e["loc"] if p not in ("body", "query", "path")), e["msg"])
        for e in exc.errors
    ]
    raise Invalid(_("请求内容与接口约定不符。"), fields=fields)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:  # noqa: ARG001
    problem = ZhengtongError(str(exc))
    problem.status = exc.status_code
    raise problem


def _mount(prefix: str, router: Router) -> None:
    api.add_router(prefix, router)


_mount("/cases", cases.router)
_mount("/services", public_services.router)
_mount("/credentials", verification.router)
_mount("/files", files.router)
_mount("/standards", standards.router)
_mount("/registers", registers.router)
_mount("/registers", registers.bulk)
_mount("/features", registers.features)
