"""What no page has a use for is refused before any page sees it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse


def no_nul(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """400 for an address with the octet 0, which PostgreSQL keeps in no text. Forms refuse it
    themselves (Django's ProhibitNullCharactersValidator)."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("an address with the octet 0")
        return get_response(request)

    return answer
