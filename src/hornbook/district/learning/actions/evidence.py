"""What is kept of one signature: the act in its leaf and the row, from the same facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone

from hornbook.district.learning.models import Assignment, Shown, Signature
from hornbook.district.learning.numbers import new_number
from hornbook.district.learning.paper import Paper
from hornbook.district.ledger.actions import Act, Actor
from hornbook.district.policy.models import ClauseText


@dataclass(frozen=True)
class Evidence:
    """``text`` is the duty's clause as the revision words it."""

    assignment: Assignment
    text: ClauseText
    shown: Shown
    lang: str
    strength: Signature.Strength
    signed_at: datetime
    method: Signature.Method = Signature.Method.SCREEN
    note: str = ""
    witness: str = ""
    scan_sha256: str = ""
    number: str = field(default_factory=new_number)

    def act(self) -> Act:
        """The words of the witness and the note are sealed; the rest may be read by anybody."""
        duty, revision = self.assignment.campaign.duty, self.assignment.campaign.revision
        said = (("note", self.note), ("witness", self.witness))
        return Act(
            verb="sign",
            object=self.number,
            clause_texts=[self.text.version],
            detail={
                "person": str(self.assignment.person.key),
                "duty": duty.key,
                "revision": f"{revision.policy.key}@{revision.no}",
                "lang": self.lang,
                "shown_sha256": self.shown.sha256,
                "sentence": self.sentence,
                "auth_strength": self.strength.value,
                "method": self.method.value,
                "signed_at": self.signed_at.isoformat(),
                "scan_sha256": self.scan_sha256,
            },
            sealed={name: words for name, words in said if words},
        )

    def row(self, actor: Actor, leaf_no: int) -> Signature:
        """Not yet saved."""
        duty = self.assignment.campaign.duty
        return Signature(
            number=self.number,
            assignment=self.assignment,
            person=self.assignment.person,
            person_label=str(self.assignment.person),
            duty=duty,
            revision=self.assignment.campaign.revision,
            clause_text=self.text,
            lang=self.lang,
            shown=self.shown,
            sentence=self.sentence,
            auth_strength=self.strength,
            method=self.method,
            on_behalf_note=self.note,
            witness=self.witness,
            scan_sha256=self.scan_sha256,
            signed_at=self.signed_at,
            recorded_by=actor.label,
            valid_to=valid_to(duty.repeats_months, timezone.localdate(self.signed_at)),
            leaf_no=leaf_no,
        )

    @cached_property
    def sentence(self) -> str:
        return Paper.read(self.shown.body).sentence


def cited_text(assignment: Assignment) -> ClauseText:
    """The duty's clause as the revision words it; the newest wording where it says nothing."""
    clause, revision = assignment.campaign.duty.clause, assignment.campaign.revision
    texts = clause.texts.filter(lang="en").select_related("clause", "revision")
    texts = texts.defer("revision__passages", "revision__text")
    return texts.filter(revision=revision).first() or texts.latest("revision__no")


def valid_to(months: int | None, signed_on: date) -> date | None:
    """The last day on which it holds; the end of a short month where there is no such day."""
    if not months:
        return None
    year, month = divmod(signed_on.year * 12 + signed_on.month - 1 + months, 12)
    for day in (signed_on.day, 30, 29, 28):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
