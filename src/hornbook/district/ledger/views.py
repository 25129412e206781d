"""The public page on which anybody gets what they need to check the ledger. It holds no leaf."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.tree import last_checkpoint
from hornbook.record import verifier


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    told = {"point": last_checkpoint(), "key": str(signer().verifier)}
    return render(request, "ledger/ledger.html", told)


@require_safe
def verifier_script(request: HttpRequest) -> HttpResponse:
    return _file("verifier.py", Path(verifier.__file__).read_text(encoding="utf-8"))


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed page (C2SP tlog-checkpoint)."""
    point = last_checkpoint()
    if point is None:
        raise Http404("nothing is signed yet")
    return _file("checkpoint.txt", point.note)


def _file(name: str, text: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
