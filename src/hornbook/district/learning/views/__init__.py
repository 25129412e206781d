"""The pages of this room: Today, signing, campaigns, duties and questions, public verify."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it is empty: then the form says what is missing."""
    return request.POST if request.method == "POST" else None
