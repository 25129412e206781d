"""Cards for those who write the policy and those who put it in force."""

from __future__ import annotations

from hornbook.district.overview.cards.card import Card, Viewer
from hornbook.district.policy.coverage.models import Task
from hornbook.district.policy.revising.models import Draft, DraftState


def waiting_drafts(viewer: Viewer) -> Card | None:
    """Proposed by somebody else, and adopted by nobody yet."""
    waiting = Draft.objects.filter(state=DraftState.PROPOSED).exclude(proposed_by=viewer.person)
    titles = list(waiting.values_list("policy__title", flat=True))
    if not titles:
        return None
    return Card(
        title="Drafts that wait for adoption",
        figure=str(len(titles)),
        text="; ".join(titles) + ".",
        urgent=True,
        room="revise",
        action="Read the drafts",
    )


def my_lights(viewer: Viewer) -> Card | None:
    """Lights of the coverage map that were given to the viewer by name."""
    mine = Task.objects.filter(owner=viewer.person).select_related("clause")
    named = [f"{task.clause.key} ({task.get_light_display().lower()})" for task in mine]
    if not named:
        return None
    late = any(task.due_on and task.due_on <= viewer.today for task in mine)
    return Card(
        title="Lights that are yours",
        figure=str(len(named)),
        text=", ".join(named[:6]) + ("." if len(named) <= 6 else " and more."),
        urgent=late,
        room="clauses",
        action="Open the coverage map",
    )
