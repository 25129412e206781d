"""Cards about reports and cases: what waits for the viewer, and a notice to them."""

from __future__ import annotations

from hornbook.district.conduct.access import visible_cases, visible_reports
from hornbook.district.conduct.models import Case, Report, Stage
from hornbook.district.overview.cards.card import Card, Viewer

_UNREAD = (Report.State.RECEIVED, Report.State.READ)


def waiting(viewer: Viewer) -> Card | None:
    """Reports to read and clocks that run out; nothing where nothing waits."""
    reports = visible_reports(viewer.person).filter(closed_at__isnull=True, state__in=_UNREAD)
    late = visible_cases(viewer.person).filter(closed_at__isnull=True, due_on__lt=viewer.today)
    unread, over = reports.count(), late.count()
    if not unread and not over:
        return None
    danger = " One has words of danger to a life." if reports.filter(danger=True) else ""
    ran_out = f" The clock of {over} ran out." if over else ""
    return Card(
        title="Reports and cases",
        figure=str(unread),
        text=f"reports wait to be read.{danger}{ran_out}",
        urgent=True,
        room="cases",
        action="Open them",
    )


def mine(viewer: Viewer) -> Card | None:
    """A notice to the viewer that can still be answered or appealed."""
    stages = (Stage.ANSWER, Stage.CONSEQUENCE)
    if not Case.objects.filter(subject=viewer.person, stage__in=stages).exists():
        return None
    return Card(
        title="A notice to you",
        text="You are heard before anybody decides, and you may appeal.",
        urgent=True,
        room="my-cases",
        action="Read it",
    )
