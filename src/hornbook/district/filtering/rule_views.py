"""Write and change a rule."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.filtering import access, live
from hornbook.district.filtering.actions import Refused
from hornbook.district.filtering.models import Rule
from hornbook.district.filtering.rule_actions import delete_rule, save_rule
from hornbook.district.filtering.rule_forms import RuleForm, initial_of

_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(_METHODS)
@login_required
@never_cache
def new_rule(request: HttpRequest) -> HttpResponse:
    """A new rule comes last, and can then be moved up."""
    return _edit(request, None)


@require_http_methods(_METHODS)
@login_required
@never_cache
def edit_rule(request: HttpRequest, key: str) -> HttpResponse:
    access.decider_or_404(request.user)
    return _edit(request, get_object_or_404(Rule, key=key, locked=False))


@require_POST
@login_required
def remove_rule(request: HttpRequest, key: str) -> HttpResponse:
    viewer = access.decider_or_404(request.user)
    rule = get_object_or_404(Rule, key=key, locked=False)
    if live.act(request, lambda: delete_rule(rule, actor=viewer.actor)):
        live.rules_changed(request, viewer.actor)
    return redirect("filter")


def _edit(request: HttpRequest, rule: Rule | None) -> HttpResponse:
    viewer = access.decider_or_404(request.user)
    form = RuleForm(
        request.POST if request.method == "POST" else None,
        label_suffix="",
        initial=initial_of(rule) if rule else {"action": "block", "basis": "local"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_rule(rule, form.cleaned_data, form.windows(), actor=viewer.actor)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            live.rules_changed(request, viewer.actor)
            return redirect(f"/filter/#rule-{saved.key}")
    more = len(rule.windows) > 1 if rule else False
    return render(
        request, "filtering/rule.html", {"form": form, "rule": rule, "more_windows": more}
    )
