"""Cards about signing: what waits for me, and how far the people are whom I look after."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma

from hornbook.district.learning.access import (
    assignments_of,
    scope_of,
    to_learn,
    to_sign,
    visible_campaigns,
)
from hornbook.district.learning.figures import tally
from hornbook.district.learning.models import AssignmentState, Campaign
from hornbook.district.mail.models import Letter, LetterState
from hornbook.district.overview.cards.card import Card, Viewer


def mine(viewer: Viewer) -> Card | None:
    """Nothing where nothing waits."""
    waiting = [row for row in to_sign(viewer.person) if row.state == AssignmentState.OPEN]
    if not waiting:
        return None
    first = waiting[0]
    return Card(
        title="To read and sign",
        figure=str(len(waiting)),
        text=f"{first.campaign.duty.title}, by {first.due_on:%-d %B %Y}.",
        urgent=True,
        room="sign",
        action="Read and sign",
    )


def trainings(viewer: Viewer) -> Card | None:
    """Trainings that wait for the viewer."""
    waiting = list(to_learn(viewer.person))
    if not waiting:
        return None
    return Card(
        title="To learn",
        figure=str(len(waiting)),
        text=f"A short training, by {waiting[0].due_on:%-d %B %Y}.",
        urgent=True,
        room="training",
        at=str(waiting[0].key),
        action="Take the training",
    )


def others(viewer: Viewer) -> Card | None:
    """The newest campaign under way, as far as the viewer may see."""
    scope = scope_of(viewer.person)
    if scope is None:
        return None
    running = visible_campaigns(scope).filter(state=Campaign.State.RUNNING).first()
    if running is None:
        return None
    found = tally(assignments_of(scope, running), viewer.today)
    doubts = Letter.objects.filter(about=running.about, state=LetterState.DOUBT).count()
    late = f" {intcomma(found.late)} are late." if found.late else ""
    unsure = " Letters are in doubt." if doubts and scope.manages else ""
    return Card(
        title="Who has signed",
        figure=f"{found.percent} %",
        text=f"{running.duty.title}: {found.signed:,} of {found.asked:,}.{late}{unsure}",
        urgent=bool(found.late or unsure),
        room="campaigns",
        action="See who has signed",
    )
