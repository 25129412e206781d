"""Human resources add people whom no system brings, and give and end roles with their dates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hornbook.district.people import access
from hornbook.district.people.actions import RoleError, add_person, end_role, give_role
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, User
from hornbook.district.people.permissions import actor_of

ADULTS = [(role.value, role.label) for role in Role if role not in (Role.STUDENT, Role.GUARDIAN)]


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **more)


class RoleForm(forms.Form):
    """A role at a site, from a day to a day."""

    role = forms.ChoiceField(label="Role", choices=ADULTS)
    site = forms.ModelChoiceField(label="At", queryset=Site.objects.none(), empty_label=None)
    starts_on = _day("From", initial=timezone.localdate)
    ends_on = _day(
        "To, and on that day", required=False, help_text="Leave it empty where no end is known."
    )

    def __init__(self, viewer: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        field.queryset = access.visible_sites(viewer)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("starts_on"), found.get("ends_on")
        if first and last and last < first:
            raise ValidationError("The last day is before the first.")
        return found


class PersonForm(RoleForm):
    """Somebody who is in no student system: a coach, a volunteer, a board member."""

    given_name = forms.CharField(label="Given name", max_length=100)
    family_name = forms.CharField(label="Family name", max_length=100)
    email = forms.EmailField(label="E-mail address")
    field_order = ("given_name", "family_name", "email", "role", "site", "starts_on", "ends_on")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists() or (
            Person.objects.filter(email__iexact=email).exists()
        ):
            raise ValidationError("Somebody has this address already. Find them in the list.")
        return email


def _hr(request: HttpRequest) -> Person:
    viewer = access.viewer_or_404(request.user)
    if not access.may_give_roles(viewer):
        raise Http404
    return viewer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """One person, one role; the rest on their page."""
    viewer = _hr(request)
    form = PersonForm(viewer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        person = add_person(actor=actor_of(viewer), **facts | {"role": Role(facts["role"])})
        messages.success(request, f"{person} is on the list. Give them a way in: see Help.")
        return redirect("person", person.key)
    return render(request, "people/add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def give(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give somebody a role; several at several sites are common."""
    viewer = _hr(request)
    person = access.person_or_404(viewer, key)
    form = RoleForm(viewer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            give_role(
                actor=actor_of(viewer), person=person, **facts | {"role": Role(facts["role"])}
            )
        except RoleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved. It counts from its first day.")
            return redirect("person", person.key)
    known = {"form": form, "person": person}
    return render(request, "people/give_role.html", known, status=422 if form.errors else 200)


@require_POST
@login_required
def end(request: HttpRequest, key: UUID, number: int) -> HttpResponse:
    """Today is the last day of the role."""
    viewer = _hr(request)
    person = access.person_or_404(viewer, key)
    there = access.visible_sites(viewer)
    found = RoleAssignment.objects.filter(person=person, pk=number, site__in=there).first()
    if found is None:
        raise Http404
    try:
        end_role(actor=actor_of(viewer), assignment=found, on=timezone.localdate())
    except RoleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Today is the last day: {found.get_role_display()}.")
    return redirect("person", person.key)
