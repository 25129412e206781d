"""What the breach law asks right now, from facts alone: pure, so that it can be tested by days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hornbook.district import business_days


@dataclass(frozen=True)
class Facts:
    """``residents`` lives in the state of the law; ``told`` of everybody have been told.

    ``harm_likely`` None: nobody has decided yet. ``first_told_on``: the first notice to a
    consumer.
    """

    discovered_on: date
    kinds: int
    unreadable: bool
    held: bool
    harm_likely: bool | None
    residents: int
    everybody: int
    told: int
    first_told_on: date | None
    attorney_told_on: date | None


@dataclass(frozen=True)
class Reading:
    """``notify``: consumers must be told; ``why`` says why, or why not. ``waits``: the police.

    ``attorney``: the Attorney General must be told, by ``attorney_due`` (None while no consumer
    was told); holidays count, so that the day is never too late. ``days``: since discovery.
    """

    notify: bool
    why: str
    waits: bool
    days: int
    untold: int
    attorney: bool
    attorney_done: bool
    attorney_due: date | None
    days_late: int

    @property
    def all_done(self) -> bool:
        told = self.untold == 0 and (self.attorney_done or not self.attorney)
        return told or not self.notify


def read(facts: Facts, today: date, *, more_than: int, days: int) -> Reading:
    """``more_than`` residents and ``days`` business days are the law's."""
    notify, why = _notify(facts)
    attorney = notify and facts.residents > more_than
    due = (
        business_days.after(facts.first_told_on, days, holidays=False)
        if attorney and facts.first_told_on
        else None
    )
    return Reading(
        notify=notify,
        why=why,
        waits=notify and facts.held,
        days=(today - facts.discovered_on).days,
        untold=facts.everybody - facts.told if notify else 0,
        attorney=attorney,
        attorney_done=facts.attorney_told_on is not None,
        attorney_due=due,
        days_late=_days_late(facts, due, today),
    )


def _notify(facts: Facts) -> tuple[bool, str]:
    if not facts.kinds:
        return False, "None of the kinds of information that the law names is known to be out."
    if facts.unreadable:
        return False, "All of it was unreadable, and no key was taken with it."
    if facts.harm_likely is False:
        return False, "A named person determined that financial harm is not reasonably likely."
    if facts.harm_likely is None:
        return True, "Nobody has determined that no harm is likely. Until then the law asks it."
    return True, "Information of a kind that the law names may be out."


def _days_late(facts: Facts, due: date | None, today: date) -> int:
    """Days after the last day on which the Attorney General was told, or is not told yet."""
    return max(0, ((facts.attorney_told_on or today) - due).days) if due else 0
