"""Is the node able to answer? For supervisors and load balancers; says nothing of anybody."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zhengtong.kernel.limits.providers import unlimited
from zhengtong.security.permissions.services import public


@require_safe
@unlimited("a balancer that is refused takes the node out of service")
@public("tells only that the node answers")
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 `ok` where the process serves and reaches its database; a fault of the database is a 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
