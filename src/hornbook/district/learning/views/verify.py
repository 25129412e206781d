"""``/verify``: does a signature stand? The public learns that and nothing else."""

from __future__ import annotations

import hashlib
from datetime import date

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.learning.models import Signature
from hornbook.district.learning.numbers import BadNumber, read_number

TRIES_A_MINUTE = 60
"""By address, and generous: a whole school may stand behind one. Numbers cannot be guessed."""


@require_safe
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("number", "").strip()[:60]
    context = {"typed": typed}
    if not typed:
        return render(request, "learning/verify.html", context)
    if _too_many(request):
        return render(request, "learning/verify.html", context | {"wait": True}, status=429)
    try:
        context["answer"] = standing(read_number(typed), timezone.localdate())
    except BadNumber as error:
        context["problem"] = str(error)
    return render(request, "learning/verify.html", context)


def standing(number: str, on: date) -> str:
    """“valid”, “expired”, “withdrawn” or “unknown”. The strongest reason against it wins."""
    found = Signature.objects.filter(number=number).select_related("withdrawal").first()
    if found is None:
        return "unknown"
    if hasattr(found, "withdrawal"):
        return "withdrawn"
    return "expired" if found.valid_to is not None and found.valid_to < on else "valid"


def _too_many(request: HttpRequest) -> bool:
    """Counted in memory by a digest of the address, for a minute; nothing is kept."""
    minute = int(timezone.now().timestamp() // 60)
    address = request.META.get("REMOTE_ADDR", "")
    key = "verify-" + hashlib.sha256(f"{minute} {address}".encode()).hexdigest()
    cache.add(key, 0, timeout=120)
    return int(cache.incr(key)) > TRIES_A_MINUTE
