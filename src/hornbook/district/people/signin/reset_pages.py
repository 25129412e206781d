"""A new password with a code from the desk, and the desk's button that makes the code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.core.ratelimit import consume
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.people import access
from hornbook.district.people.models import Role
from hornbook.district.people.permissions import actor_of, has_role
from hornbook.district.people.signin.closing import BadCode, make_code, use_code

HIGH = (Role.IT, Role.SUPERINTENDENT, Role.CUSTODIAN)  # a code opens all that they may see
NO_FIT = (
    "This address and this code do not fit together, or the code is over. "
    "Compare both once more, or ask the desk for a new code."
)


class ResetForm(forms.Form):
    email = forms.EmailField(label="Your e-mail address at the District")
    code = forms.CharField(
        label="The code that you were given",
        max_length=40,
        help_text="Sixteen letters and digits. Capital or small letters do not matter.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
    password = forms.CharField(
        label="A new password",
        max_length=200,
        help_text="At least 12 characters. One that you use nowhere else.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The new password once more",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("password") and told.get("again") and told["password"] != told["again"]:
            self.add_error("again", "The two are not the same.")
        return told


@sensitive_post_parameters("password", "again", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reset(request: HttpRequest) -> HttpResponse:
    """For whoever cannot sign in any more and stands at the desk, or comes from there."""
    if request.method == "POST" and not consume(request, action="reset_code"):
        return render(request, "people/too_often.html", status=429)
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            use_code(email=told["email"], code=told["code"], password=told["password"])
        except BadCode:
            form.add_error(None, NO_FIT)
        else:
            messages.success(request, "You have a new password. Sign in with it.")
            return redirect("account_login")
    status = 422 if form.is_bound else 200
    return render(request, "people/reset.html", {"form": form}, status=status)


@require_POST
@login_required
@never_cache
def give_code(request: HttpRequest, key: UUID) -> HttpResponse:
    """Shown once, to IT or human resources, for somebody whom they have recognised."""
    viewer = access.manager_or_404(request.user)
    person = access.person_or_404(viewer, key)
    if person.user is None or not person.user.is_active or person == viewer:
        raise Http404
    if has_role(person, *HIGH) and not has_role(viewer, Role.IT):
        raise Http404
    code = make_code(actor=actor_of(viewer), user=person.user)
    return render(request, "people/code.html", {"person": person, "code": code})
