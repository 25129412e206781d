"""A whole list signed on paper: a bus depot, a kitchen, a building's first day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone

from hornbook.district.learning.access import newest_first
from hornbook.district.learning.actions.evidence import Evidence, cited_text
from hornbook.district.learning.actions.signing import at_start_of, refuse_paper, strength_of_paper
from hornbook.district.learning.actions.sitting import Reader
from hornbook.district.learning.models import Assignment, AssignmentState, Campaign, Signature
from hornbook.district.learning.shelf import Shelf
from hornbook.district.ledger.actions import Actor, last_leaf, record_many
from hornbook.district.mail.actions import drop
from hornbook.district.people.models import RoleAssignment
from hornbook.district.policy.models import Revision

_BATCH = 2000


@transaction.atomic
def record_list(
    *,
    actor: Actor,
    campaign: Campaign,
    people: Collection[int],
    signed_on: date,
    witness: str,
    note: str = "",
    scan_sha256: str = "",
) -> int:
    """Record that these people (ids) signed on paper that day; how many had not signed yet.

    Each gets evidence of their own: a number, the paper as they would have been shown it, a
    leaf. All or nothing. Raises CannotSign as for a single paper.
    """
    rows = _open_rows(campaign, people)
    method = Signature.Method.PAPER
    for row in {(row.state, row.assigned_on): row for row in rows}.values():
        refuse_paper(row, signed_on, method, note, witness)
    text = cited_text(rows[0]) if rows else None
    found = [
        Evidence(
            reader.assignment,
            text,
            reader.shown(),
            "en",
            strength_of_paper(witness),
            at_start_of(signed_on),
            method,
            note,
            witness,
            scan_sha256,
        )
        for reader in _readers(campaign, rows)
        if text is not None
    ]
    _write(campaign, found, actor)
    return len(found)


def _open_rows(campaign: Campaign, people: Collection[int]) -> list[Assignment]:
    """Locked, in one order for everybody who locks several."""
    rows = campaign.assignments.filter(person__in=people).exclude(state=AssignmentState.SIGNED)
    locked = list(rows.select_for_update(of=("self",)).select_related("person").order_by("pk"))
    for row in locked:
        row.campaign = campaign  # one object, so that its duty and revision are read once
    return locked


def _readers(campaign: Campaign, rows: list[Assignment]) -> list[Reader]:
    """Everybody with what they signed last and what they are today, in two queries."""
    people, shelf = [row.person_id for row in rows], Shelf()
    since, roles = _signed_before(campaign, people), _roles(people)
    found = []
    for row in rows:
        reader = Reader(row, shelf=shelf)
        reader.since = since.get(row.person_id)
        reader.roles = sorted(roles[row.person_id])
        found.append(reader)
    return found


def _signed_before(campaign: Campaign, people: Collection[int]) -> dict[int, Revision]:
    signed = newest_first(Signature.objects.filter(person__in=people), campaign.duty)
    last = signed.order_by("person_id", "-revision__no", "-signed_at").distinct("person_id")
    return {one.person_id: one.revision for one in last}


def _roles(people: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    held = RoleAssignment.objects.active(timezone.localdate()).filter(person__in=people)
    for person, role in held.order_by().values_list("person", "role"):
        found[person].add(role)
    return found


def _write(campaign: Campaign, found: list[Evidence], actor: Actor) -> None:
    count = record_many(actor=actor, acts=[one.act() for one in found])
    first = last_leaf() - count + 1  # the ledger is ours until the transaction ends
    Signature.objects.bulk_create(
        (one.row(actor, first + n) for n, one in enumerate(found)), batch_size=_BATCH
    )
    for one in found[:1]:
        rows = campaign.assignments.filter(pk__in=[one.assignment.pk for one in found])
        rows.update(state=AssignmentState.SIGNED, settled_at=one.signed_at)
    drop(about=campaign.about, people=[one.assignment.person_id for one in found])
