"""Which wording a person had signed by a day, for the allegations of a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hornbook.district.conduct.clocks import closes_at
from hornbook.district.conduct.models import Allegation
from hornbook.district.learning.models import Signature
from hornbook.district.people.models import Person


@dataclass(frozen=True)
class Signed:
    """``same``: the very wording that is alleged; else another revision, or nothing at all."""

    allegation: Allegation
    signature: Signature | None
    same: bool


def signed_by(subject: Person | None, allegations: Iterable[Allegation]) -> list[Signed]:
    """The newest signature of each allegation's policy up to the day of what happened."""
    rows = list(
        Signature.objects.filter(person=subject, withdrawal__isnull=True)
        .select_related("revision__policy")
        .order_by("-signed_at")
        if subject
        else ()
    )
    return [_of(one, rows) for one in allegations]


def _of(allegation: Allegation, rows: list[Signature]) -> Signed:
    revision = allegation.clause_text.revision
    before: date = allegation.conduct_on
    fitting = (
        row
        for row in rows
        if row.revision.policy_id == revision.policy_id and row.signed_at < closes_at(before)
    )
    found = next(fitting, None)
    return Signed(allegation, found, found is not None and found.revision_id == revision.pk)
