"""Make proof packs, download them, and give anybody the script that checks them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.access import clause_by_key, text_in_force
from hornbook.district.policy.linting.library import library_on
from hornbook.district.policy.pack import access, actions, cipa
from hornbook.district.policy.pack.forms import AuditForm
from hornbook.district.policy.pack.models import Pack


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def packs(request: HttpRequest) -> HttpResponse:
    """Every pack, and the forms that make one. ``kind``: clause or audit."""
    person = access.maker_or_404(request.user)
    form = AuditForm()
    if request.method == "POST":
        if request.POST.get("kind") == "clause":
            return _clause_pack(request, person)
        form = AuditForm(request.POST)
        if form.is_valid():
            year = form.cleaned_data["year"]
            made = actions.pack_audit(actor=actor_of(person), year=year, filing=form.filing())
            return _made(request, made)
    context = {
        "form": form,
        "packs": Pack.objects.select_related("clause", "revision")[:100],
        "report": cipa.elements(library_on(timezone.localdate())),
    }
    return render(request, "pack/packs.html", context, status=422 if form.errors else 200)


def _clause_pack(request: HttpRequest, person: Person) -> HttpResponse:
    text = text_in_force(clause_by_key(request.POST.get("clause", "")), timezone.localdate())
    if text is None:
        raise Http404
    return _made(request, actions.pack_clause(actor=actor_of(person), text=text))


def _made(request: HttpRequest, made: Pack) -> HttpResponse:
    messages.success(
        request, f"The pack about {made.about} is made. Its seal is leaf {made.leaf_no}."
    )
    return redirect("packs")


@require_safe
@login_required
@never_cache
def download(request: HttpRequest, seal: str) -> HttpResponse | FileResponse:
    person = access.maker_or_404(request.user)
    made = access.pack_or_404(person, seal)
    path = actions.path_of(made.sha256)
    if not path.exists():
        messages.error(request, f"The file of {made.about} is not in packs/. Make it again.")
        return redirect("packs")
    actions.note_download(actor=actor_of(person), made=made)
    name = f"proof-{(made.clause.key if made.clause else f'e-rate-{made.funding_year}').lower()}"
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=f"{name}-{made.made_at:%Y-%m-%d}.zip"
    )


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The script, for anybody: who checks must not need our word."""
    body = actions.VERIFIER.read_bytes()
    answer = HttpResponse(body, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify.py"'
    return answer
