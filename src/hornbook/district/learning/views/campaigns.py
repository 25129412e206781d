"""Campaigns: plan, start, follow, remind, close; one person's row with paper and withdrawal."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hornbook.district.learning import access, figures
from hornbook.district.learning.actions import campaigns as acts
from hornbook.district.learning.actions import reminding, signing
from hornbook.district.learning.actions.lists import record_list
from hornbook.district.learning.actions.sitting import CannotSign
from hornbook.district.learning.forms import (
    ListFilter,
    PaperForm,
    PaperListForm,
    PlanForm,
    ReasonForm,
)
from hornbook.district.learning.models import Assignment, Campaign, Signature
from hornbook.district.learning.plan import PlanRefused, plan_campaign
from hornbook.district.learning.views import posted
from hornbook.district.ledger.actions import look, person_object
from hornbook.district.mail.actions import settle_doubts
from hornbook.district.mail.models import Letter
from hornbook.district.mail.sending import configured
from hornbook.district.people.access import viewer_or_404
from hornbook.district.people.audience import in_words
from hornbook.district.people.models import Person, Site
from hornbook.district.people.permissions import actor_of

A_PAGE = 50


@require_safe
@login_required
@never_cache
def campaigns(request: HttpRequest) -> HttpResponse:
    """Every campaign in which the viewer looks after somebody."""
    scope = access.scope_or_404(viewer_or_404(request.user))
    page = Paginator(access.visible_campaigns(scope), A_PAGE).get_page(request.GET.get("page"))
    rows = figures.of_campaigns(list(page.object_list), scope)
    return render(request, "learning/campaigns.html", {"scope": scope, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def plan(request: HttpRequest) -> HttpResponse:
    """The dry run: exactly whom it would ask. Starting needs the same list as was looked at."""
    viewer = viewer_or_404(request.user)
    access.manager_or_404(viewer)
    told = request.POST if request.method == "POST" else request.GET
    form = PlanForm(told if "duty" in told else None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            found = plan_campaign(
                form.cleaned_data["duty"],
                form.cleaned_data["revision"],
                today=timezone.localdate(),
                due_on=form.cleaned_data["due_on"],
                everybody_again=form.cleaned_data["again"],
            )
        except PlanRefused as error:
            form.add_error(None, str(error))
            return render(request, "learning/plan.html", context)
        if request.method == "POST" and told.get("hash"):
            return _start(request, viewer, form, found, told["hash"])
        people = Person.objects.filter(pk__in=list(found.ask)).order_by("family_name", "given_name")
        page = Paginator(people, A_PAGE).get_page(told.get("page"))
        context |= {"plan": found, "page": page, "audience": in_words(found.duty.audience)}
    return render(request, "learning/plan.html", context)


def _start(
    request: HttpRequest, viewer: Person, form: PlanForm, found: Any, seen: str
) -> HttpResponse:
    try:
        if found.hash != seen:
            raise PlanRefused(
                "The list of people has changed since you looked at it. Here is the new one."
            )
        started = acts.start_campaign(
            actor=actor_of(viewer), plan=found, everybody_again=form.cleaned_data["again"]
        )
    except PlanRefused as error:
        messages.warning(request, str(error))
        return redirect(f"{request.path}?{_query(form)}")
    messages.success(request, f"Started. {len(found.ask)} people are asked.")
    return redirect("campaign", started.key)


def _query(form: PlanForm) -> str:
    chosen = form.cleaned_data
    told = {"duty": chosen["duty"].key, "revision": chosen["revision"].pk}
    if chosen["due_on"]:
        told["due_on"] = chosen["due_on"].isoformat()
    return urlencode(told | ({"again": "on"} if chosen["again"] else {}))


@require_safe
@login_required
@never_cache
def campaign(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far it is: the curve, the schools, the letters."""
    scope = access.scope_or_404(viewer_or_404(request.user))
    found = access.campaign_or_404(scope, key)
    context = figures.of_campaign(found, scope, timezone.localdate()) | {
        "campaign": found,
        "scope": scope,
        "letters": figures.of_letters(found) if scope.manages else None,
        "mail_ready": configured(),
        "reason_form": ReasonForm(),
        "audience": in_words(found.audience),
    }
    return render(request, "learning/campaign.html", context)


@require_safe
@login_required
@never_cache
def campaign_people(request: HttpRequest, key: UUID) -> HttpResponse:
    """Who has signed and who has not, of the people whom the viewer looks after."""
    scope = access.scope_or_404(viewer_or_404(request.user))
    found = access.campaign_or_404(scope, key)
    form = ListFilter(request.GET, scope.site_list())
    rows = form.apply(access.assignments_of(scope, found)).select_related("person")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    names = dict(Site.objects.values_list("pk", "name"))
    today = timezone.localdate()
    listed = [
        (row, [names[pk] for pk in row.sites if pk in names], row.is_late(today)) for row in page
    ]
    context = {"campaign": found, "form": form, "page": page, "rows": listed}
    return render(request, "learning/campaign_people.html", context)


@require_POST
@login_required
def remind(request: HttpRequest, key: UUID) -> HttpResponse:
    """A round by hand: one a day."""
    viewer = viewer_or_404(request.user)
    found = access.campaign_or_404(access.manager_or_404(viewer), key)
    today = timezone.localdate()
    posted = reminding.remind(
        campaign=found, today=today, actor=actor_of(viewer), by_hand=f"hand-{today}"
    )
    words = f"{posted.letters} reminders wait to be sent."
    if not posted.letters:
        words = "Everybody who can be reminded was reminded today already."
    messages.success(request, words)
    return redirect("campaign", found.key)


@require_POST
@login_required
def doubts(request: HttpRequest, key: UUID) -> HttpResponse:
    """Decide about letters whose fate nobody knows."""
    viewer = viewer_or_404(request.user)
    found = access.campaign_or_404(access.manager_or_404(viewer), key)
    again = request.POST.get("again") == "yes"
    count = settle_doubts(actor=actor_of(viewer), about=found.about, again=again)
    messages.success(request, f"{count} letters: {'sent again' if again else 'taken as arrived'}.")
    return redirect("campaign", found.key)


@require_POST
@login_required
def close(request: HttpRequest, key: UUID) -> HttpResponse:
    viewer = viewer_or_404(request.user)
    found = access.campaign_or_404(access.manager_or_404(viewer), key)
    form = ReasonForm(request.POST)
    if form.is_valid():
        acts.close_campaign(
            actor=actor_of(viewer), campaign=found, reason=form.cleaned_data["reason"]
        )
        messages.success(request, "Closed. What was signed stays.")
    else:
        messages.warning(request, "Say why the campaign is closed.")
    return redirect("campaign", found.key)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def assignment(request: HttpRequest, key: UUID, row: UUID) -> HttpResponse:
    """One person in a campaign: signatures, letters, and a form for paper."""
    viewer = viewer_or_404(request.user)
    scope = access.scope_or_404(viewer)
    found = access.campaign_or_404(scope, key)
    one = access.assignment_or_404(scope, found, row)
    form = PaperForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            signature = _record_paper(viewer, one, form)
            messages.success(request, "Recorded.")
            return redirect("signature", signature.number)
        except CannotSign as error:
            form.add_error(None, str(error))
    elif request.method != "POST" and one.person_id != viewer.pk:
        look(actor=actor_of(viewer), object=person_object(one.person.key))
    context = _about_row(found, one) | {"form": form, "scope": scope}
    return render(request, "learning/assignment.html", context)


def _about_row(found: Campaign, one: Assignment) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "campaign": found,
        "row": one,
        "late": one.is_late(today),
        "sites": Site.objects.filter(pk__in=one.sites),
        "signatures": one.signatures.select_related("withdrawal", "revision"),
        "refusals": one.refusals.all(),
        "letters": Letter.objects.filter(about=found.about, person=one.person),
        "open": one.state in ("open", "refused") and signing.halt(one, today) is None,
        "reason_form": ReasonForm(),
    }


def _record_paper(viewer: Person, one: Assignment, form: PaperForm) -> Signature:
    told = form.cleaned_data
    return signing.record_paper(
        actor=actor_of(viewer),
        assignment=one,
        signed_on=told["signed_on"],
        method=Signature.Method(told["method"]),
        note=told["note"],
        witness=told["witness"],
        scan_sha256=_digest(told["scan"]),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def paper_list(request: HttpRequest, key: UUID) -> HttpResponse:
    """Many people signed one list on paper."""
    viewer = viewer_or_404(request.user)
    scope = access.scope_or_404(viewer)
    found = access.campaign_or_404(scope, key)
    form = PaperListForm(
        access.assignments_of(scope, found), posted(request), request.FILES or None
    )
    if request.method == "POST" and form.is_valid():
        try:
            count = _record_list(viewer, found, form)
            messages.success(request, f"Recorded: {count} people signed on paper.")
            return redirect("campaign", found.key)
        except CannotSign as error:
            form.add_error(None, str(error))
    context = {"campaign": found, "form": form}
    return render(request, "learning/paper_list.html", context, status=422 if form.errors else 200)


def _record_list(viewer: Person, found: Campaign, form: PaperListForm) -> int:
    told = form.cleaned_data
    return record_list(
        actor=actor_of(viewer),
        campaign=found,
        people=told["addresses"],
        signed_on=told["signed_on"],
        witness=told["witness"],
        note=told["note"],
        scan_sha256=_digest(told["scan"]),
    )


def _digest(scan: UploadedFile[bytes] | None) -> str:
    """The scan itself stays where the district keeps its papers."""
    if scan is None:
        return ""
    found = hashlib.sha256()
    for chunk in scan.chunks():
        found.update(chunk)
    return found.hexdigest()


@require_POST
@login_required
def withdraw(request: HttpRequest, key: UUID, row: UUID, number: str) -> HttpResponse:
    """End a signature that should not stand. Human resources and the policy owner may."""
    viewer = viewer_or_404(request.user)
    scope = access.manager_or_404(viewer)
    one = access.assignment_or_404(scope, access.campaign_or_404(scope, key), row)
    found = access.signature_of_or_404(one, number)
    try:
        signing.withdraw(
            actor=actor_of(viewer), signature=found, reason=request.POST.get("reason", "")
        )
        messages.success(request, "Withdrawn. The person is asked again while the campaign runs.")
    except CannotSign as error:
        messages.warning(request, str(error))
    return redirect("assignment", key, row)
