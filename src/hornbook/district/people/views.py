"""The list of people, a person's page, and one's own page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.ledger.access import looks_at
from hornbook.district.ledger.actions import look, person_object
from hornbook.district.people import access
from hornbook.district.people.forms import PeopleFilter, TokenForm
from hornbook.district.people.models import Enrollment, Person, RoleAssignment
from hornbook.district.people.permissions import actor_of, person_of
from hornbook.district.people.signin.closing import open_closing

A_PAGE = 50


@require_safe
@login_required
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """A list that can be searched and narrowed by role and site."""
    viewer = access.viewer_or_404(request.user)
    found = access.people_or_404(viewer)
    form = PeopleFilter(request.GET, access.visible_sites(viewer))
    words = request.GET.get("q", "")[:100]
    look(actor=actor_of(viewer), object=f"people list {words}".strip(), every_time=False)
    found = _with_roles(form.apply(found))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    facts = {"form": form, "page": page, "may": access.powers_of(viewer)}
    return render(request, "people/people.html", facts)


@require_safe
@login_required
@never_cache
def person(request: HttpRequest, key: UUID) -> HttpResponse:
    """Somebody's page. Opening it is a leaf of the ledger."""
    viewer = access.viewer_or_404(request.user)
    found = access.person_or_404(viewer, key)
    look(actor=actor_of(viewer), object=person_object(found.key))
    birth_date = found.birth_date if access.may_see_birth_date(viewer, found) else None
    facts = _facts_about(found) | {"birth_date": birth_date}
    facts["manages"] = access.may_manage(viewer)
    facts["gives_roles"] = access.may_give_roles(viewer)
    if access.may_give_tokens(viewer):
        facts["token_form"] = TokenForm()
    return render(request, "people/person.html", facts)


@require_safe
@login_required
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """What Hornbook knows about whoever asks."""
    found = person_of(request.user)
    if found is None:
        return render(request, "people/me_without_person.html")
    mine = {"birth_date": found.birth_date, "looks": looks_at(found.key)}
    return render(request, "people/me.html", _facts_about(found) | mine)


def _with_roles(people: QuerySet[Person]) -> QuerySet[Person]:
    """With the roles of today, in as many queries as there are tables."""
    held = RoleAssignment.objects.active(timezone.localdate()).select_related("site")
    return people.prefetch_related(Prefetch("roles", queryset=held, to_attr="held"))


def _facts_about(person: Person) -> dict[str, Any]:
    today = timezone.localdate()
    roles = list(person.roles.select_related("site").order_by("-starts_on"))
    enrollments = Enrollment.objects.filter(person=person, school_class__active=True)
    return {
        "person": person,
        "roles": [role for role in roles if _runs(role)],
        "former": [role for role in roles if role.ends_on and role.ends_on < today],
        "enrollments": enrollments.exclude(ends_on__lt=today).select_related("school_class__site"),
        "devices": person.device_set.select_related("site").order_by("tag"),
        "seats": person.seats.select_related("site", "device").order_by("network"),
        "tokens": [(token, token.is_good(timezone.now())) for token in person.tokens.all()],
        "age": person.age_on(today),
        "closed": bool(person.user and open_closing(person.user)),
    }


def _runs(role: RoleAssignment) -> bool:
    return role.ends_on is None or role.ends_on >= timezone.localdate()
