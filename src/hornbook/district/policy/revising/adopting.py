"""The ceremony: a second person puts a proposed draft in force, with the record of the meeting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction

from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person
from hornbook.district.policy.actions import Adopted, adopt_revision
from hornbook.district.policy.models import EvidenceKind
from hornbook.district.policy.plan import Plan
from hornbook.district.policy.reading.dates import Reading
from hornbook.district.policy.revising.actions import DraftRefused, _in_state, newest_revision
from hornbook.district.policy.revising.changes import changes_of
from hornbook.district.policy.revising.composing import compose
from hornbook.district.policy.revising.models import Draft, DraftState

_HEARD = {EvidenceKind.MEETING, EvidenceKind.HEARING}


@transaction.atomic
def adopt(
    *, actor: Actor, person: Person, draft: Draft, effective_on: date, minute_ref: str
) -> Adopted:
    """Make the draft the policy's next revision, in force from that day on.

    Raises DraftRefused for the person who proposed it, without a notice and a later meeting on
    file (47 U.S.C. 254(h)(5)(A)(iii)), without a minute, for a day before the meeting, and when
    another revision was adopted meanwhile.
    """
    found = _in_state(draft, DraftState.PROPOSED)
    if found.proposed_by_id == person.pk:
        raise DraftRefused("You proposed this draft. Another person must adopt it")
    if reasons := hindrances(found, effective_on, minute_ref):
        raise DraftRefused(reasons[0])
    adopted = adopt_revision(
        actor=actor,
        plan=plan_of(found, effective_on),
        source=f"draft {found.pk}, proposed by {found.proposed_label}",
        evidence=found.evidence,
        minute_ref=minute_ref.strip(),
    )
    found.state, found.revision = DraftState.ADOPTED, adopted.revision
    found.adopted_by, found.adopted_label = person, actor.label
    found.effective_on, found.minute_ref = effective_on, minute_ref.strip()
    found.save()
    return adopted


def hindrances(draft: Draft, effective_on: date | None, minute_ref: str) -> list[str]:
    """What still stands in the way, most basic first; empty when the draft can be adopted."""
    return [*_of_the_draft(draft), *_of_the_record(draft, effective_on, minute_ref)]


def _of_the_draft(draft: Draft) -> Iterable[str]:
    if newest_revision(draft.policy) != draft.base:
        yield (
            "Another revision was adopted since this draft was begun. "
            "Take it back and bring it up to date"
        )
    if not changes_of(draft):
        yield "The draft changes nothing"
    if not draft.clauses.filter(removed=False).exists():
        yield "The draft has no clause left"


def _of_the_record(draft: Draft, effective_on: date | None, minute_ref: str) -> Iterable[str]:
    noticed = _days(draft.evidence, {EvidenceKind.NOTICE})
    heard = _days(draft.evidence, _HEARD)
    if not noticed:
        yield "No public notice is on file. File when and where the public was told"
    if not heard:
        yield "No meeting or hearing is on file. File the day on which the board heard the draft"
    elif noticed and min(noticed) >= max(heard):
        yield "The public must be told before the meeting; the notice on file is not earlier"
    if not minute_ref.strip():
        yield "Name the minute of the decision, such as “Board minutes, item 7b”"
    if effective_on and heard and effective_on < max(heard):
        yield f"It cannot bind before the meeting of {max(heard):%-d %B %Y}"
    if effective_on and effective_on <= draft.base.effective_on:
        yield f"It must bind later than the revision of {draft.base.effective_on:%-d %B %Y}"


def _days(evidence: Iterable[Mapping[str, str]], kinds: set[EvidenceKind]) -> list[date]:
    return sorted(date.fromisoformat(one["on"]) for one in evidence if one["kind"] in kinds)


def plan_of(draft: Draft, effective_on: date) -> Plan:
    """What ``adopt_revision`` needs: the readings are the days on which the draft was heard."""
    heard = _days(draft.evidence, _HEARD) or [effective_on]
    return Plan(
        policy_key=draft.policy.key,
        draft=compose(draft, heard),
        no=draft.base.no + 1,
        after_no=draft.base.no,
        effective_on=effective_on,
        readings=tuple(Reading("revised", day) for day in heard),
        shells=(),
        warnings=(),
    )
