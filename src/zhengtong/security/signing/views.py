"""What other systems fetch: the authority's certificate and its revocation list."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from zhengtong.kernel.errors import NotFound
from zhengtong.kernel.limits.providers import limited
from zhengtong.security.permissions.services import public

from . import queries

_WHY = "whoever trusts the node's certificates must be able to check them"


@limited("published")
@require_safe
@public(_WHY)
@cache_control(max_age=60, public=True)
def authority_certificate(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    authority = queries.find_authority()
    if authority is None:
        raise NotFound(_("本节点还没有证书颁发机构。"))
    return HttpResponse(queries.as_pem(bytes(authority.der)), content_type="application/x-pem-file")


@limited("published")
@require_safe
@public(_WHY)
@cache_control(max_age=30, public=True)
def revocation_list(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    published = queries.published_list()
    if published is None:
        raise NotFound(_("本节点还没有发布吊销列表。"))
    return HttpResponse(bytes(published.crl), content_type="application/pkix-crl")
