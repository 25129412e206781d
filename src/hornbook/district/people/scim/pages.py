"""Directories in the console: which may write, and what their groups mean here."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.people.access import keeper_or_404, viewer_or_404
from hornbook.district.people.models import Person, Role, Site
from hornbook.district.people.permissions import actor_of, has_role
from hornbook.district.people.scim.actions import (
    SourceError,
    add_source,
    map_group,
    revoke_source,
)
from hornbook.district.people.scim.models import ScimGroup, ScimSource
from hornbook.district.people.scope import reaches_all

A_PAGE = 50
SHOWN = 20


class SourceForm(forms.Form):
    key = forms.SlugField(
        label="Name of the directory",
        max_length=48,
        help_text="Small letters, digits and hyphens, such as: entra.",
    )


class GroupForm(forms.Form):
    role = forms.ChoiceField(
        label="Its members are", required=False, choices=[("", "Nothing here"), *Role.choices]
    )
    site = forms.ModelChoiceField(
        label="at", required=False, queryset=Site.objects.all(), empty_label="No site"
    )

    def clean(self) -> dict[str, object]:
        found = super().clean() or {}
        if bool(found.get("role")) != bool(found.get("site")):
            raise forms.ValidationError("Choose both a role and a site, or neither.")
        return found


def _it(request: HttpRequest) -> Person:
    """A token opens the list of staff: IT alone gives and ends one."""
    viewer = viewer_or_404(request.user)
    if not reaches_all(viewer, Role.IT):
        raise Http404
    return viewer


@require_safe
@login_required
@never_cache
def directory(request: HttpRequest) -> HttpResponse:
    """Directories and their groups."""
    viewer = keeper_or_404(request.user)
    groups = ScimGroup.objects.select_related("site").annotate(count=Count("members"))
    groups = groups.order_by("display_name", "pk")
    facts = {
        "sources": ScimSource.objects.filter(revoked_at=None),
        "page": Paginator(groups, A_PAGE).get_page(request.GET.get("page")),
        "unmapped": ScimGroup.objects.filter(role="").count(),
        "form": SourceForm() if has_role(viewer, Role.IT) else None,
        "root": request.build_absolute_uri(reverse("scim-root")).rstrip("/"),
    }
    return render(request, "people/directory.html", facts)


@require_POST
@login_required
@never_cache
def let_in(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once: no redirect, no cookie, no copy is kept."""
    viewer = _it(request)
    form = SourceForm(request.POST)
    facts = {"form": form, "root": request.build_absolute_uri(reverse("scim-root")).rstrip("/")}
    if form.is_valid():
        key = form.cleaned_data["key"].lower()
        try:
            token = add_source(actor=actor_of(viewer), key=key)
        except SourceError as error:
            form.add_error("key", str(error))
        else:
            return render(request, "people/directory_token.html", facts | {"token": token})
    return render(request, "people/directory_token.html", facts, status=422)


@require_POST
@login_required
def shut_out(request: HttpRequest, source: str) -> HttpResponse:
    viewer = _it(request)
    try:
        revoke_source(actor=actor_of(viewer), key=source)
    except SourceError as error:
        raise Http404 from error
    messages.success(request, f"{source} may not write here any more. What it told stays.")
    return redirect("directory")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def group(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say what a group means here; its members change with it at once."""
    viewer = keeper_or_404(request.user)
    found = ScimGroup.objects.filter(key=key).first()
    if found is None:
        raise Http404
    form = GroupForm(request.POST or None, initial={"role": found.role, "site": found.site_id})
    if request.method == "POST" and form.is_valid():
        role = Role(form.cleaned_data["role"]) if form.cleaned_data["role"] else None
        map_group(actor=actor_of(viewer), group=found, role=role, site=form.cleaned_data["site"])
        messages.success(request, f"Saved. The members of “{found}” hold it from today.")
        return redirect("directory")
    members = found.members.order_by("family_name", "given_name")
    facts = {"group": found, "form": form, "members": members[:SHOWN], "count": members.count()}
    return render(request, "people/directory_group.html", facts)
