"""What was asked and answered: for those who answer for it, and for everybody about themselves."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.activity import access
from hornbook.district.activity.access import Reach
from hornbook.district.activity.chart import draw
from hornbook.district.activity.looked.telling import put_looks
from hornbook.district.activity.reading import PERIODS, Choice, Findings, Words, find
from hornbook.district.filtering.models import Action, Category
from hornbook.district.ledger.actions import Actor, look
from hornbook.district.overview.health import this_instance
from hornbook.district.policy.models import Clause
from hornbook.district.records.law import purposes
from hornbook.record.lake import LakeError

TIME_FORMATS = {"hour": "%H:%M", "day": "%H:%M", "week": "%a %-d %b, %H:%M"}


@require_safe
@never_cache
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    """Sums of the viewer's reach; single questions, without people, to those who say why.

    The look is a leaf, and each one at single questions a leaf of its own with its purpose.
    """
    seen = access.reach(request.user, timezone.localdate())
    choice = Choice.of(request.GET)
    why = purposes().get(request.GET.get("why", ""))
    what = {"what": "single questions, without people"} if why else {}
    look(
        actor=Actor(str(seen.person), str(seen.person.key)),
        object="activity page",
        purpose=why.label if why else "",
        detail={"place": seen.place, "period": choice.period.key, **what},
        every_time=bool(why),
    )
    told = {"why": why, "purposes": purposes().values()}
    return _page(request, seen, choice, rows=bool(why), **told)


@require_safe
@never_cache
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The viewer's own rows. Nobody else is looked at, so there is no leaf."""
    return _page(request, access.own_reach(request.user), Choice.of(request.GET), rows=True)


def _page(
    request: HttpRequest, seen: Reach, choice: Choice, *, rows: bool, **told: object
) -> HttpResponse:
    now = timezone.now()
    context = {"reach": seen, "choice": choice, "periods": PERIODS, "now": now} | told | _options()
    where = choice.narrow(seen.where)
    try:
        found = find(this_instance().record, choice.period, where, now, rows=rows)
    except LakeError as error:
        context["trouble"] = str(error) if seen.mends else "The record cannot be read just now."
        return render(request, "activity/activity.html", context, status=HTTPStatus.OK)
    words = Words.today()
    for some in (found.reasons, found.names, found.newest):
        words.put_into(some)
    put_looks(found.newest)
    title = finding(found, seen, choice)
    chart = draw(found.steps, title, TIME_FORMATS[choice.period.key])
    context |= {"found": found, "finding": title, "chart": chart}
    return render(request, "activity/activity.html", context)


def finding(found: Findings, seen: Reach, choice: Choice) -> str:
    """The page in one sentence, for example “12 of 340 questions were blocked in the last hour”."""
    when = choice.period.words
    kind = "questions that fit" if choice.filtered else "questions"
    place = "" if seen.own else f" {seen.place}"
    if not found.total:
        return f"No {kind} were asked{place} {when}"
    whose = " that you asked" if seen.own else ""
    were = "was" if found.blocked == 1 else "were"
    blocked = intcomma(found.blocked) if found.blocked else "None"
    return f"{blocked} of {intcomma(found.total)} {kind}{whose} {were} blocked{place} {when}"


def _options() -> dict[str, object]:
    """What the filters above the page offer: only clauses that a rule or category cites."""
    cited = Clause.objects.filter(rules__isnull=False) | Clause.objects.filter(
        categories__isnull=False
    )
    return {
        "actions": Action.choices,
        "categories": Category.objects.values_list("key", "name"),
        "clauses": cited.distinct().order_by("key").values_list("key", flat=True),
    }
