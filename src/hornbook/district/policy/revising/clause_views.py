"""One clause of a draft: write it, take it out, add one behind it; and plain lines in force."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.policy.access import clause_by_key, text_in_force
from hornbook.district.policy.comparing.words import difference
from hornbook.district.policy.library import explain_clause
from hornbook.district.policy.revising import access, actions
from hornbook.district.policy.revising.access import Viewer
from hornbook.district.policy.revising.forms import PlainForm, WordingForm
from hornbook.district.policy.revising.models import Draft, DraftClause
from hornbook.district.policy.revising.wording import judged


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def edit(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Write one clause. Who saves on top of somebody else's words is shown both first."""
    viewer, draft, clause = _found(request, pk, key)
    form = WordingForm(request.POST or None, initial=_initial(clause))
    if request.method == "POST" and form.is_valid():
        return _save(request, viewer, clause, form)
    return _page(request, draft, clause, form, status=422 if form.errors else 200)


def _found(request: HttpRequest, pk: int, key: str) -> tuple[Viewer, Draft, DraftClause]:
    viewer = access.writer_or_404(request.user)
    draft = access.draft_or_404(viewer, pk)
    return viewer, draft, access.clause_or_404(draft, key)


def _initial(clause: DraftClause) -> dict[str, object]:
    """What the words say by themselves stays "read it from the words"."""
    read = judged(clause.lead, clause.official)
    return {
        "version": clause.version,
        "official": clause.official,
        "plain": clause.plain,
        "force": "" if read.force == clause.force else clause.force,
        "holder": "" if read.holder == clause.holder else clause.holder,
    }


def _save(
    request: HttpRequest, viewer: Viewer, clause: DraftClause, form: WordingForm
) -> HttpResponse:
    version = form.cleaned_data["version"]
    try:
        saved = actions.edit_clause(
            actor=viewer.actor, clause=clause, version=version, wording=form.wording(clause)
        )
    except actions.SomebodyElse as error:
        return _clash(request, error.now, form)
    except actions.DraftRefused as error:
        form.add_error(None, f"{error}.")
        return _page(request, clause.draft, clause, form, status=422)
    dropped = clause.plain and not saved.plain
    plain = " Its plain line is gone with the old words; write a new one." if dropped else ""
    force, holder = saved.get_force_display(), saved.get_holder_display()
    messages.success(request, f"{saved.key} is saved. Read as “{force}”, for: {holder}.{plain}")
    return redirect(reverse("draft", args=[clause.draft_id]) + f"#{saved.key}")


def _clash(request: HttpRequest, now: DraftClause, form: WordingForm) -> HttpResponse:
    """Both wordings side by side; what was typed stays in the form, on top of the newer version."""
    again = WordingForm(initial={**form.cleaned_data, "version": now.version})
    official = actions.tidy(form.cleaned_data["official"])
    context = {"theirs": now, "pieces": difference(now.official, official)}
    return _page(request, now.draft, now, again, status=409, **context)


def _page(
    request: HttpRequest,
    draft: Draft,
    clause: DraftClause,
    form: WordingForm,
    *,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    context = {
        "draft": draft,
        "clause": clause,
        "form": form,
        "edits": clause.edits.all(),
        **more,
    }
    return render(request, "revising/clause.html", context, status=status)


@require_POST
@login_required
def move(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """``do``: remove, restore, settle, up or down; ``version`` as in the form."""
    viewer, draft, clause = _found(request, pk, key)
    moves: dict[str, Callable[..., DraftClause]] = {
        "remove": actions.remove_clause,
        "restore": actions.restore_clause,
        "settle": actions.settle,
        "up": partial(actions.move_clause, down=False),
        "down": partial(actions.move_clause, down=True),
    }
    chosen, version = moves.get(request.POST.get("do", "")), request.POST.get("version", "")
    if chosen is None or not version.isdecimal():
        raise Http404
    try:
        chosen(actor=viewer.actor, clause=clause, version=int(version))
        messages.success(request, f"{key} is saved.")
    except actions.DraftRefused as error:
        messages.error(request, f"{error}.")
    row = "row-" if request.POST["do"] in ("up", "down") else ""
    return redirect(reverse("draft", args=[draft.pk]) + f"#{row}{key}")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def add(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """A new clause behind that one."""
    viewer, draft, after = _found(request, pk, key)
    form = WordingForm(request.POST or None, initial={"version": 0})
    del form.fields["plain_fits"]
    if request.method == "POST" and form.is_valid():
        form.cleaned_data["plain_fits"] = True
        try:
            made = actions.add_clause(
                actor=viewer.actor, draft=draft, after=after, wording=form.wording()
            )
        except actions.DraftRefused as error:
            form.add_error(None, f"{error}.")
        else:
            messages.success(request, f"The new clause is {made.key}.")
            return redirect(reverse("draft", args=[draft.pk]) + f"#{made.key}")
    context = {"draft": draft, "after": after, "form": form}
    return render(request, "revising/add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def explain(request: HttpRequest, key: str) -> HttpResponse:
    """Write the plain line of a clause in force."""
    viewer = access.writer_or_404(request.user)
    text = text_in_force(clause_by_key(key), timezone.localdate())
    if text is None:
        raise Http404
    form = PlainForm(request.POST or None, initial={"plain": text.plain})
    if request.method == "POST" and form.is_valid():
        explain_clause(actor=viewer.actor, text=text, plain=form.cleaned_data["plain"])
        messages.success(request, "Saved. Everybody reads it beside the official words.")
        return redirect("clause", text.clause.key)
    context = {"text": text, "form": form}
    return render(request, "revising/explain.html", context, status=422 if form.errors else 200)
