"""Which language, and large type for the elderly: a cookie each, set by a plain link (`?lang=en`, `?elder=1`)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import escape_leading_slashes
from django.utils.translation.trans_real import parse_accept_lang_header

Handler = Callable[[HttpRequest], HttpResponse]

ELDER_COOKIE = "zt_elder"
_LANGUAGES = {"zh": "zh-hans", "zh-hans": "zh-hans", "zh-cn": "zh-hans", "en": "en"}
_YEAR = 365 * 24 * 3600


class Language:
    """The cookie decides, then the browser's wish, then Chinese."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        switched = self._switch(request)
        if switched is not None:
            return switched
        language = _LANGUAGES.get(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "").lower())
        language = language or _wish(request.headers.get("Accept-Language", ""))
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", "en" if language == "en" else "zh-CN")
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    def _switch(self, request: HttpRequest) -> HttpResponse | None:
        """`?lang=` or `?elder=` on a page: set the cookie, then the same page without it."""
        if request.method not in ("GET", "HEAD") or not {"lang", "elder"} & request.GET.keys():
            return None
        query = request.GET.copy()
        language = _LANGUAGES.get((query.pop("lang", [""])[-1]).lower())
        elder = query.pop("elder", [""])[-1]
        target = escape_leading_slashes(request.path) + (f"?{query.urlencode()}" if query else "")
        response = HttpResponseRedirect(target)
        if language:
            _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
        if elder in ("0", "1"):
            _keep(response, ELDER_COOKIE, elder)
        return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
    )


def _wish(header: str) -> str:
    """The browser's first wish that we speak. Chinese in any script is answered in simplified Chinese."""
    for code, _weight in parse_accept_lang_header(header.lower()):
        prefix = code.partition("-")[0]
        if prefix in ("zh", "en"):
            return _LANGUAGES[prefix]
    return settings.LANGUAGE_CODE
