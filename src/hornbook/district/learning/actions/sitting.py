"""The way to a signature, step by step. Nothing is lost between two visits."""

from __future__ import annotations

from functools import cached_property

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hornbook.district.learning import access
from hornbook.district.learning.models import Assignment, Question, Shown, Sitting
from hornbook.district.learning.paper import Paper
from hornbook.district.learning.shelf import Shelf
from hornbook.district.learning.writing import languages
from hornbook.district.people.models import RoleAssignment
from hornbook.district.policy.models import Revision


class CannotSign(Exception):
    """The signature was not made; the message says why, and that nothing is lost."""


class WordingChanged(CannotSign):
    """What would be shown now is not what was read; ``freshen`` brings the new paper."""


class Reader:
    """Whoever has an assignment, as today finds them: what they are shown and asked."""

    def __init__(self, assignment: Assignment, lang: str = "en", shelf: Shelf | None = None):
        self.assignment, self.lang, self.shelf = assignment, lang, shelf or Shelf()

    @cached_property
    def since(self) -> Revision | None:
        """The revision that the person signed last under this policy."""
        last = access.last_signature(self.assignment.person, self.assignment.campaign.duty)
        return last.revision if last else None

    @cached_property
    def roles(self) -> list[str]:
        """What the person is today; it says which clauses bind them."""
        held = RoleAssignment.objects.active(timezone.localdate())
        mine = held.filter(person=self.assignment.person_id).order_by()
        return sorted(set(mine.values_list("role", flat=True)))

    @property
    def paper(self) -> Paper:
        campaign = self.assignment.campaign
        return self.shelf.paper(campaign.duty, campaign.revision, self.since, self.roles, self.lang)

    @property
    def questions(self) -> list[Question]:
        revision = self.assignment.campaign.revision
        return self.shelf.questions(revision, self.since, self.roles, self.lang)

    def shown(self) -> Shown:
        """The paper, kept."""
        return self.shelf.kept(self.paper, keep)


def questions_of(
    assignment: Assignment, lang: str = "en", shelf: Shelf | None = None
) -> list[Question]:
    return Reader(assignment, lang, shelf).questions


def keep(paper: Paper) -> Shown:
    """Keep these bytes, once for everybody who is shown the same."""
    Shown.objects.bulk_create([Shown(sha256=paper.sha256, body=paper.body)], ignore_conflicts=True)
    return Shown.objects.get(pk=paper.sha256)


@transaction.atomic
def sit_down(*, assignment: Assignment, lang: str = "", shelf: Shelf | None = None) -> Sitting:
    """The sitting of an assignment, begun where there is none.

    Right answers of an earlier sitting about words that are still the same are taken over.
    Another language means another paper, which is read anew.
    """
    found = Sitting.objects.select_for_update().filter(assignment=assignment).first()
    if found is None:
        language = _language(assignment, lang)
        shown = Reader(assignment, language, shelf).shown()
        earlier = _earlier_answers(assignment)
        return Sitting.objects.create(
            assignment=assignment, shown=shown, answered=earlier, tried=earlier, lang=language
        )
    if lang and lang != found.lang and lang in languages(assignment.campaign.revision):
        found.lang, found.read_at = lang, None
        found.shown = Reader(assignment, lang, shelf).shown()
        found.save(update_fields=["lang", "read_at", "shown"])
    return found


def _language(assignment: Assignment, wanted: str) -> str:
    return wanted if wanted and wanted in languages(assignment.campaign.revision) else "en"


def _earlier_answers(assignment: Assignment) -> list[int]:
    """Questions are bound to words: one that still asks was answered about these very words."""
    sittings = Sitting.objects.filter(
        assignment__person=assignment.person_id, assignment__campaign__duty=assignment.campaign.duty
    )
    every = sittings.order_by().values_list("answered", flat=True)
    return sorted({pk for answered in every for pk in answered})


@transaction.atomic
def say_read(*, sitting: Sitting, sha256: str, shelf: Shelf | None = None) -> None:
    """The person says that they have read the paper with that digest.

    Raises WordingChanged when it is another one by now.
    """
    locked, _ = take_fresh(sitting, shelf)
    if locked.shown_id != sha256:
        raise WordingChanged(CHANGED)
    if locked.read_at is None:
        locked.read_at = timezone.now()
        locked.save(update_fields=["read_at"])


CHANGED = (
    "What you would sign has changed since you opened it. Your answers are kept. "
    "Please read the new version."
)


def take_fresh(sitting: Sitting, shelf: Shelf | None = None) -> tuple[Sitting, Reader]:
    """The sitting, locked, with the paper that is true now; a new one is to be read again."""
    locked = (
        Sitting.objects.select_for_update(of=("self",))
        .select_related("assignment__campaign__duty__clause__policy", "assignment__person")
        .select_related("assignment__campaign__revision__policy", "shown")
        .defer("assignment__campaign__revision__passages", "assignment__campaign__revision__text")
        .get(pk=sitting.pk)
    )
    reader = Reader(locked.assignment, locked.lang, shelf)
    if reader.paper.sha256 != locked.shown_id:
        locked.shown, locked.read_at = reader.shown(), None
        locked.save(update_fields=["shown", "read_at"])
    return locked, reader


def freshen(*, sitting: Sitting) -> Sitting:
    """The same for a page that is about to be shown."""
    with transaction.atomic():
        return take_fresh(sitting)[0]


@transaction.atomic
def answer(*, sitting: Sitting, question: Question, choice: int) -> bool:
    """Take an answer; whether it is right. Only first answers are counted, nobody's name is."""
    locked = Sitting.objects.select_for_update().get(pk=sitting.pk)
    right = bool(question.choices[choice]["right"])
    if question.pk not in locked.tried:
        missed = 0 if right else 1
        Question.objects.filter(pk=question.pk).update(
            asked=F("asked") + 1, missed=F("missed") + missed
        )
        locked.tried.append(question.pk)
    if right and question.pk not in locked.answered:
        locked.answered.append(question.pk)
    locked.save(update_fields=["tried", "answered"])
    return right
