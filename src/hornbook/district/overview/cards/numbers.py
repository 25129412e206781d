"""Cards with today's numbers, from the record. Sums only: nobody's name appears here."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma

from hornbook.district.overview.cards.card import Card, Viewer
from hornbook.district.overview.health import this_instance
from hornbook.district.people.models import Role
from hornbook.record.lake import Lake, LakeError, Where


def my_school_today(viewer: Viewer) -> Card:
    sites = {held.site.key: held.site.name for held in viewer.roles if held.role == Role.PRINCIPAL}
    return _today(viewer, f"Today at {' and '.join(sites.values())}", tuple(sites))


def district_today(viewer: Viewer) -> Card:
    return _today(viewer, "Today in the District", None)


def _today(viewer: Viewer, title: str, sites: tuple[str, ...] | None) -> Card:
    midnight = viewer.now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        lake = Lake(this_instance().record)
        with lake.window(midnight, viewer.now, Where(sites=sites)) as window:
            by_action = {row["action"]: row["n"] for row in window.counts("action")}
    except LakeError as error:
        return Card(title, f"The record cannot be read: {error}", "activity", "Open the activity")
    return Card(
        title=title,
        figure=intcomma(sum(by_action.values())),
        text=_words(by_action),
        room="activity",
        action="See what was asked",
    )


def _words(by_action: dict[str, int]) -> str:
    if not by_action:
        return "questions so far. The first one appears here within seconds."
    blocked = by_action.get("block", 0)
    share = 100 * blocked / sum(by_action.values())
    return f"questions since midnight; {intcomma(blocked)} were blocked ({share:.1f} %)."
