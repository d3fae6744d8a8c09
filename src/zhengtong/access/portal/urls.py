"""Addresses of the portal. The last one is Wagtail's: whatever page the editor made."""

from django.urls import include, path, re_path
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.urls import serve_pattern
from wagtail.utils.urlpatterns import decorate_urlpatterns
from wagtail.views import serve

from zhengtong.kernel.idempotency.services import exempt
from zhengtong.security.permissions.services import public

from .editor import only_editors
from .views import checking, counting, finding, guide, maps, publishing, receipts, reporting, standing

decorate_urlpatterns(wagtailadmin_urls.urlpatterns, only_editors)

portal = [
    path("services/", finding.search, name="services"),
    path("services/<slug:key>/", guide.guide, name="guide"),
    path("events/", finding.events, name="events"),
    path("events/<slug:key>/", finding.event, name="event"),
    path("map/", maps.page, name="map"),
    path("map/provinces/", maps.provinces, name="map-provinces"),
    path("departments/", finding.departments, name="departments"),
    path("verify/", checking.verify_form, name="verify-form"),
    path("verify/<str:code>", checking.verify, name="verify"),
    path("progress/", checking.progress, name="progress"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/by-hand/", receipts.by_hand, name="receipts-by-hand"),
    path("receipts/check/", receipts.check, name="receipt-check"),
    path("receipts/check/<slug:lang>.html", receipts.check_file, name="receipt-check-file"),
    path("log/checkpoint", publishing.checkpoint, name="log-checkpoint"),
    path("log/witness/<str:origin_hash>/checkpoint", publishing.witnessed, name="log-witnessed"),
    path("log/tile/<path:address>", publishing.tile, name="log-tile"),
    path("news/", standing.notices, name="notices"),
    path("statistics/", counting.listed, name="statistics"),
    path("statistics/<slug:register_key>/", counting.table, name="statistics-table"),
    path("statistics/<slug:register_key>/csv/", counting.as_csv, name="statistics-csv"),
    path("site-map/", standing.site_map, name="site-map"),
    path(".well-known/security.txt", reporting.security_txt, name="security-txt"),
    path("security/", reporting.policy, name="security-policy"),
]
page = exempt("shows a page whatever the method")(public("pages of the editor")(serve))
urlpatterns = [
    path("", include((portal, "portal"))),
    path("cms/", include(wagtailadmin_urls)),
    re_path(serve_pattern, page, name="wagtail_serve"),
]
