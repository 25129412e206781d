"""*Ways around*: sums by cause for IT and principals of the site; people only with a purpose."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hornbook.district.activity import access
from hornbook.district.activity.access import Reach
from hornbook.district.activity.bypass import weeks
from hornbook.district.activity.bypass.actions import show_people
from hornbook.district.activity.numbers.views import bypass_categories
from hornbook.district.activity.reading import Words
from hornbook.district.ledger.actions import look
from hornbook.district.overview.health import this_instance
from hornbook.district.people.permissions import actor_of
from hornbook.district.records.law import purposes
from hornbook.record.lake import LakeError


@require_safe
@login_required
@never_cache
def bypass(request: HttpRequest) -> HttpResponse:
    """Sums of one week of the viewer's sites. The look is a leaf."""
    seen = access.bypass_reach(request.user)
    week = weeks.chosen(request.GET.get("week", ""), timezone.localdate())
    look(
        actor=actor_of(seen.person),
        object="ways around the filter",
        detail={"place": seen.place, "week": week.key},
        every_time=False,
    )
    context = _frame(seen, week)
    try:
        found = weeks.look_up(this_instance().record, week, seen.where, bypass_categories())
    except LakeError as error:
        context["trouble"] = str(error) if seen.mends else "The record cannot be read just now."
        return render(request, "activity/bypass.html", context)
    context |= {"cards": _named(weeks.told(found)), "found": found}
    return render(request, "activity/bypass.html", context)


class WhoForm(forms.Form):
    """Why somebody needs to see people instead of sums."""

    kind = forms.ChoiceField(label="What it is for")
    reason = forms.CharField(
        label="Why you need to see who",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences. The people who are shown read it later: name nobody.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        kind: Any = self.fields["kind"]
        kind.choices = [(law.key, f"{law.label}: {law.words}") for law in purposes().values()]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def bypass_people(request: HttpRequest) -> HttpResponse:
    """Who may need a talk: sums of people, after a purpose; each is told of it."""
    seen = access.bypass_reach(request.user)
    week = weeks.chosen(request.GET.get("week", ""), timezone.localdate())
    form = WhoForm(request.POST if request.method == "POST" else None)
    context = _frame(seen, week) | {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            found = weeks.look_up(this_instance().record, week, seen.where, bypass_categories())
        except LakeError as error:
            context["trouble"] = str(error) if seen.mends else "The record cannot be read just now."
        else:
            context["people"] = show_people(
                actor=seen.person, week=week, found=found, **form.cleaned_data
            )
    return render(
        request, "activity/bypass_people.html", context, status=422 if form.errors else 200
    )


def _frame(seen: Reach, week: weeks.Week) -> dict[str, Any]:
    held = weeks.weeks(timezone.localdate())
    return {"reach": seen, "week": week, "weeks": held, "least": weeks.LEAST}


def _named(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sites by their names."""
    names = Words.today().sites
    for card in cards:
        card["rows"] = [(names.get(site, site) or "Not known", n) for site, n in card["rows"]]
    return cards
