"""What sign-in asks of each role, where I am signed in, and signing somebody out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.people import access
from hornbook.district.people.models import Role, SignInRule
from hornbook.district.people.permissions import actor_of
from hornbook.district.people.scope import reaches_all
from hornbook.district.people.signin.actions import CHILDREN_SIDE, Wanted, set_rule, sign_out
from hornbook.district.policy.models import Clause, ClauseText


class RuleForm(forms.Form):
    """One role's line."""

    second_step = forms.BooleanField(required=False, label="Second step")
    idle_minutes = forms.IntegerField(
        required=False, min_value=5, max_value=720, label="Minutes until it signs out"
    )


class ClauseForm(forms.Form):
    clause = forms.ModelChoiceField(
        label="The clause that asks people to sign out",
        required=False,
        queryset=Clause.objects.none(),
        to_field_name="key",
        empty_label="None",
        help_text="It is named when somebody is signed out.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = ClauseText.objects.in_force(timezone.localdate()).values("clause")
        field = self.fields["clause"]
        field.queryset = Clause.objects.filter(pk__in=texts)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def rules(request: HttpRequest) -> HttpResponse:
    """One line a role; all are saved together."""
    viewer = access.viewer_or_404(request.user)
    if not reaches_all(viewer, Role.IT):
        raise Http404
    held = {rule.role: rule for rule in SignInRule.objects.select_related("clause")}
    clause = next((rule.clause.key for rule in held.values() if rule.clause), "")
    data = request.POST if request.method == "POST" else None
    forms_ = [(role, _form_of(role, held, data)) for role in Role if role not in CHILDREN_SIDE]
    cited = ClauseForm(data, initial={"clause": clause})
    if data is not None and all(form.is_valid() for form in (cited, *(f for _, f in forms_))):
        for role, form in forms_:
            wanted = Wanted(role, **form.cleaned_data, clause=cited.cleaned_data["clause"])
            set_rule(actor=actor_of(viewer), wanted=wanted)
        messages.success(request, "Saved. It holds for everybody within a minute.")
        return redirect("sign-in-rules")
    facts = {"rows": forms_, "cited": cited}
    return render(request, "people/sign_in_rules.html", facts, status=200 if data is None else 422)


def _form_of(role: Role, held: dict[str, SignInRule], data: Any) -> RuleForm:
    rule = held.get(role)
    known = {
        "second_step": rule.second_step if rule else False,
        "idle_minutes": rule.idle_minutes if rule else None,
    }
    return RuleForm(data, prefix=role.value, initial=known)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def where(request: HttpRequest) -> HttpResponse:
    """Where I am signed in; one button ends all the others."""
    viewer = access.viewer_or_404(request.user)
    here = request.session.session_key or ""
    if request.method == "POST":
        ended = sign_out(actor=actor_of(viewer), person=viewer, but=here)
        noun = "device" if ended == 1 else "devices"
        messages.success(request, f"Signed out on {ended} other {noun}.")
        return redirect("where-signed-in")
    sessions = UserSession.objects.purge_and_list(viewer.user)
    rows = [(session, session.session_key == here) for session in sessions]
    return render(request, "people/where.html", {"rows": rows, "others": len(rows) > 1})


@require_POST
@login_required
def sign_somebody_out(request: HttpRequest, key: UUID) -> HttpResponse:
    """End every session of a person: IT and human resources, say after a lost laptop."""
    viewer = access.manager_or_404(request.user)
    person = access.person_or_404(viewer, key)
    ended = sign_out(actor=actor_of(viewer), person=person)
    messages.success(request, f"{person} is signed out everywhere ({ended} sessions ended).")
    return redirect("person", key)
