"""The interface describes itself to everybody. Every operation carries its own policy: no row for the whole prefix."""

from zhengtong.security.permissions.providers import PREFIXES, Prefix

for _address, _zh, _en in (
    ("/api/v1/", "开放接口首页", "Root of the open interface"),
    ("/api/v1/openapi.json", "开放接口说明", "Description of the open interface"),
):
    PREFIXES.register(_address, Prefix({"zh": _zh, "en": _en}, exact=True))
