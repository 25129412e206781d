"""*Numbers*: the district or the viewer's own schools, each picture with its finding and table."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hornbook.district.activity import access
from hornbook.district.activity.chart import draw
from hornbook.district.activity.looked.telling import Sums, together
from hornbook.district.activity.numbers.figures import DAYS, Figures, School, work_out
from hornbook.district.activity.numbers.small import rounded, shown
from hornbook.district.activity.reading import Words
from hornbook.district.filtering.models import Category
from hornbook.district.filtering.nodes import node_rows
from hornbook.district.ledger.actions import Actor, look
from hornbook.district.overview.health import health, this_instance
from hornbook.district.people.models import Role
from hornbook.district.people.permissions import has_role
from hornbook.record.lake import LakeError

REASONS = 12  # of those why answers were not checked, the most frequent


@require_safe
@never_cache
@login_required
def numbers(request: HttpRequest) -> HttpResponse:
    """Sums of the viewer's reach; a principal sees the own schools only. The look is a leaf."""
    seen = access.reach(request.user, timezone.localdate())
    look(
        actor=Actor(str(seen.person), str(seen.person.key)),
        object="activity numbers",
        detail={"place": seen.place, "days": DAYS},
        every_time=False,
    )
    context: dict[str, Any] = {
        "reach": seen,
        "days": DAYS,
        "goes_around": has_role(seen.person, Role.IT, Role.PRINCIPAL),
    }
    instance = this_instance()
    try:
        found = work_out(instance.record, seen.where, timezone.now(), bypass_categories())
    except LakeError as error:
        context["trouble"] = str(error) if seen.mends else "The record cannot be read just now."
        return render(request, "activity/numbers.html", context)
    context |= told(found, seen.place)
    if seen.where.sites is None:
        context |= {"parts": health(instance), "nodes": node_rows()}
    return render(request, "activity/numbers.html", context)


def bypass_categories() -> tuple[str, ...]:
    """The categories whose clause or key is about ways around the filter."""
    keys = Category.objects.filter(key__regex=r"bypass|prox|vpn|doh").values_list("key", flat=True)
    return tuple(keys)


def told(found: Figures, place: str) -> dict[str, Any]:
    """Words and pictures for the template."""
    volume, bypass = volume_finding(found, place), bypass_finding(found, place)
    return {
        "found": found,
        "volume": volume,
        "bypass": bypass,
        "asked": asks_finding(found),
        "clauses": clause_finding(found),
        "picture": draw(found.steps, volume, "%-d %b"),
        "bypass_picture": draw(found.bypass_days, bypass, "%-d %b"),
        "schools": _schools(found.schools),
        **_looked(found),
        "most": max((row["n"] for row in found.clauses), default=0),
    }


def _schools(schools: list[School]) -> list[dict[str, str]]:
    names = Words.today().sites
    blocked = rounded({school.site: school.blocked for school in schools})
    bypass = rounded({school.site: school.bypass for school in schools})
    return [
        {
            "name": names.get(school.site, school.site) or "Not known",
            "total": shown(school.total),
            "blocked": blocked[school.site],
            "bypass": bypass[school.site],
        }
        for school in schools
    ]


def _looked(found: Figures) -> dict[str, Any]:
    """What became of answers that rules look at, and why some were not checked."""
    names = Words.today().sites
    whole = together(found.looked.values())
    unchecked = rounded({site: sums.unchecked for site, sums in found.looked.items()})
    stopped = rounded({site: sums.stopped for site, sums in found.looked.items()})
    schools = [
        {
            "name": names.get(site, site) or "Not known",
            "total": shown(sums.total),
            "unchecked": unchecked[site],
            "stopped": stopped[site],
        }
        for site, sums in sorted(found.looked.items(), key=lambda one: (-one[1].total, one[0]))
    ]
    reasons = [(reason, shown(n)) for reason, n in whole.reasons.most_common(REASONS)]
    return {"looked": looked_finding(whole), "looked_schools": schools, "reasons": reasons}


# --- findings: each picture's title is what it says -------------------------------------------


def volume_finding(found: Figures, place: str) -> str:
    if not found.total:
        return f"Nothing was asked {place} in {DAYS} days"
    share = 100 * found.blocked / found.total
    return (
        f"{intcomma(found.total)} questions {place} in {DAYS} days, {share:.1f} % of them blocked"
    )


def clause_finding(found: Figures) -> str:
    if not found.clauses:
        return "No clause blocked anything"
    first = found.clauses[0]
    share = 100 * first["n"] / max(found.blocked, 1)
    return f"{first['clause'] or 'No clause'} stands behind {share:.0f} % of all blocks"


def bypass_finding(found: Figures, place: str) -> str:
    """A signal, not an accusation: devices try ways around by themselves too."""
    half = len(found.bypass_days) // 2
    before = sum(step.blocked for step in found.bypass_days[:half])
    after = sum(step.blocked for step in found.bypass_days[half:])
    if not before + after:
        return f"Nobody tried a way around the filter {place}"
    trend = "more" if after > before * 1.2 else "fewer" if after < before * 0.8 else "about as many"
    than = "as" if trend == "about as many" else "than"
    return f"{trend.capitalize()} tries to get around the filter {than} the week before"


def looked_finding(whole: Sums) -> str:
    """Empty where no rule looks inside."""
    if not whole.total:
        return ""
    share = 100 * whole.unchecked / whole.total
    return f"{intcomma(whole.total)} answers were to be looked at; {share:.1f} % were not checked"


def asks_finding(found: Figures) -> str:
    asks = found.asks
    total = asks.in_time + asks.late + asks.waiting
    if not total:
        return "Nobody asked for a blocked page"
    if not asks.late:
        return f"All {total} requests were answered within a day, or still can be"
    return f"{asks.late} of {total} requests waited longer than a day"
