"""Showing people instead of sums: each of them gets a leaf of it, before anything is shown."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from hornbook.district.activity.bypass.weeks import Found, Week
from hornbook.district.ledger.actions import look, person_object
from hornbook.district.people.access import visible_people
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.records.law import purposes
from hornbook.record.attempts import TALK

MOST = 20  # people a look


@dataclass(frozen=True)
class Candidate:
    """Somebody to talk to, and the clause that a talk would be about."""

    person: Person
    clauses: tuple[str, ...]


@transaction.atomic
def show_people(
    *, actor: Person, week: Week, found: Found, kind: str, reason: str
) -> list[Candidate]:
    """Those whom the week's tries of the kind “talk” are of, as far as the actor may see them.

    At most ``MOST``. Each has a leaf with purpose and clause, and reads it on their own page when
    the law of that purpose says so.
    """
    law = purposes()[kind]
    groups = [group for group in found.groups if group.cause == TALK]
    keys = {key for group in groups for key in group.people}
    people = list(visible_people(actor).filter(key__in=_uuids(keys)).exclude(pk=actor.pk)[:MOST])
    clauses = tuple(sorted({clause for group in groups for clause in group.clauses if clause}))
    for person in people:
        look(
            actor=actor_of(actor),
            object=person_object(person.key),
            purpose=law.label,
            clause_texts=clauses,
            detail={"what": f"that you tried several ways around the filter, week of {week.key}"},
            sealed={"reason": reason},
        )
    return [Candidate(person, clauses) for person in people]


def _uuids(keys: set[str]) -> list[str]:
    """A record may hold pseudonyms; they are nobody's key."""
    return [key for key in keys if len(key) == 36]
