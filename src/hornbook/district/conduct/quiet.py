"""Nothing tells later who used the report pages: middleware around their addresses.

Before any other piece sees a request for ``/report/``, the session's cookie, the address and
the name of the browser are taken out of it. Whoever is signed in is a visitor there; no room,
log or leaf can keep what it never sees. Against flooding there is ``bucket``: a keyed digest of
the address whose key lives in this process alone and is never written anywhere.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PREFIX = "/report/"
BUCKET = "hornbook.bucket"  # key in request.META
_KEY = secrets.token_bytes(32)
_TELLS = ("HTTP_USER_AGENT", "HTTP_VIA", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "REMOTE_HOST")
_CLIENT = ("HTTP_X_FORWARDED_FOR", "REMOTE_ADDR")
Answer = Callable[[HttpRequest], HttpResponse]


def no_trace(get_response: Answer) -> Answer:
    """Middleware; it stands before sessions and sign-in."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        _forget(request)
        response = get_response(request)
        response["Cache-Control"] = "no-store, private"
        _only_the_forms_cookie(response)
        return response

    return answer


def _forget(request: HttpRequest) -> None:
    told = "|".join(str(request.META.get(name, "")) for name in _CLIENT)
    request.META[BUCKET] = hashlib.blake2b(told.encode(), key=_KEY, digest_size=8).hexdigest()
    for name in (*_TELLS, *_CLIENT):
        request.META.pop(name, None)
    request.META["REMOTE_ADDR"] = "0.0.0.0"  # noqa: S104  (no address; pieces expect one)
    request.COOKIES = {
        name: value for name, value in request.COOKIES.items() if name == settings.CSRF_COOKIE_NAME
    }


def _only_the_forms_cookie(response: HttpResponse) -> None:
    """The form's own cookie ends with the browser; there is no other."""
    for name in list(response.cookies):
        if name != settings.CSRF_COOKIE_NAME:
            del response.cookies[name]
        else:
            response.cookies[name]["max-age"] = response.cookies[name]["expires"] = ""
