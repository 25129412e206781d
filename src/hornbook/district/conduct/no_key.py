"""A page that says which key is missing, where something sealed cannot be opened."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hornbook.district.conduct.sealing import CannotOpen

log = logging.getLogger("hornbook.conduct")


class NoKey:
    """Middleware: 503 instead of a page whose words cannot be opened; nothing was lost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._next(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, CannotOpen):
            return None
        log.error("%s", exception)
        return render(request, "conduct/no_key.html", {"why": str(exception)}, status=503)
