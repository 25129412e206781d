"""One policy's desk: its number and audience, public record, links and languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hornbook.district.policy.access import policy_by_key
from hornbook.district.policy.languages import languages_of, name_of
from hornbook.district.policy.library import (
    add_evidence,
    describe_policy,
    link_clause,
    translate_revision,
)
from hornbook.district.policy.models import ClauseLink, EvidenceKind, Policy, Revision
from hornbook.district.policy.revising import access
from hornbook.district.policy.revising.access import Viewer
from hornbook.district.policy.revising.actions import newest_revision
from hornbook.district.policy.revising.desk_forms import (
    DescribeForm,
    LinkForm,
    TranslationForm,
)
from hornbook.district.policy.revising.forms import EvidenceForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def desk(request: HttpRequest, key: str) -> HttpResponse:
    """``do``: describe, evidence, link or translate."""
    viewer = access.writer_or_404(request.user)
    policy = policy_by_key(key)
    revision = newest_revision(policy)
    if revision is None:
        raise Http404
    shown = _forms(policy, revision, {}, {})
    if request.method == "POST":
        what = request.POST.get("do", "")
        if what not in shown:
            raise Http404
        shown[what] = form = _forms(policy, revision, request.POST, request.FILES)[what]
        if form.is_valid():
            messages.success(request, _ACTS[what](viewer, policy, revision, form))
            return redirect("policy-desk", key)
    context = {
        "policy": policy,
        "revision": revision,
        "forms": shown,
        "evidence": [(EvidenceKind(one["kind"]).label, one) for one in revision.evidence],
        "languages": [name_of(lang) for lang in languages_of(revision)],
        "links": ClauseLink.objects.filter(source__policy=policy).select_related(
            "source", "policy", "clause"
        ),
    }
    bad = any(form.errors for form in shown.values())
    return render(request, "revising/desk.html", context, status=422 if bad else 200)


def _forms(policy: Policy, revision: Revision, sent: Any, files: Any) -> dict[str, forms.Form]:
    told, roles = sent or None, policy.audience.get("roles", [])
    described = {"code": policy.code, "roles": roles}
    return {
        "describe": DescribeForm(told, initial=described, prefix="describe"),
        "evidence": EvidenceForm(told, prefix="evidence"),
        "link": LinkForm(policy, told, prefix="link"),
        "translate": TranslationForm(revision, told, files or None, prefix="translate"),
    }


def _describe(viewer: Viewer, policy: Policy, revision: Revision, form: Any) -> str:
    code = form.cleaned_data["code"]
    describe_policy(actor=viewer.actor, policy=policy, code=code, audience=form.audience())
    return "Saved."


def _evidence(viewer: Viewer, policy: Policy, revision: Revision, form: Any) -> str:
    typed = form.cleaned_data
    kind = EvidenceKind(typed["kind"])
    add_evidence(
        actor=viewer.actor, revision=revision, kind=kind, on=typed["on"], words=typed["words"]
    )
    return "Filed with the newest revision."


def _link(viewer: Viewer, policy: Policy, revision: Revision, form: Any) -> str:
    typed = form.cleaned_data
    link = link_clause(
        actor=viewer.actor,
        source=typed["clause"],
        policy=typed["policy"],
        clause=typed["found"],
        words=typed["words"],
    )
    return f"Linked: {link}."


def _translate(viewer: Viewer, policy: Policy, revision: Revision, form: Any) -> str:
    lang = form.cleaned_data["lang"]
    stored = translate_revision(
        actor=viewer.actor, revision=revision, lang=lang, translated=form.translated
    )
    return f"{len(stored)} clauses stand in {name_of(lang)} now."


_ACTS: dict[str, Callable[[Viewer, Policy, Revision, Any], str]] = {
    "describe": _describe,
    "evidence": _evidence,
    "link": _link,
    "translate": _translate,
}
