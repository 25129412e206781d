"""Cards about a password given away: the holder's own, and those that wait for help."""

from __future__ import annotations

from hornbook.district.incidents.access import sight_of, visible, waiting_words
from hornbook.district.incidents.breach_actions import reading_of
from hornbook.district.incidents.models import Breach, GivenAway
from hornbook.district.overview.cards.card import Card, Viewer


def mine(viewer: Viewer) -> Card | None:
    """After the first sign-in with the new password: the lesson and one's sign-ins."""
    running = viewer.person.given_away.filter(state=GivenAway.State.OPEN).first()
    if running is None:
        return None
    lesson = running.lesson is not None and running.lesson_done_at is None
    return Card(
        title="Your account after you told",
        text="See who signed in with it, and take the short lesson."
        if lesson
        else "See who signed in with it.",
        urgent=lesson,
        room="my-incident",
        at=str(running.key),
        action="Look at my account",
    )


def others(viewer: Viewer) -> Card | None:
    """Accounts that are closed, words from outside, and breach clocks that ask something."""
    sight = sight_of(viewer.person)
    running = visible(sight).filter(state=GivenAway.State.OPEN).count()
    words = waiting_words(sight).count()
    clocks = _clocks() if sight.breaches else 0
    if not running and not words and not clocks:
        return None
    parts = [
        (words, "from people who could not sign in"),
        (running, "accounts under way"),
        (clocks, "breach clocks that ask something"),
    ]
    return Card(
        title="Incidents",
        figure=str(running + words + clocks),
        text="; ".join(f"{number} {what}" for number, what in parts if number) + ".",
        urgent=bool(words or running or clocks),
        room="incidents",
        action="Open the incidents",
    )


def _clocks() -> int:
    running = Breach.objects.filter(state=Breach.State.OPEN)
    return sum(not reading_of(one).all_done for one in running)
