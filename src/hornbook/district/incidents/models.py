"""A password that somebody else may know, what was done about it, and the desk that helps."""

from __future__ import annotations

from uuid import uuid4

import pgtrigger
from django.db import models

from hornbook.district.ledger.models import Deed
from hornbook.district.people.models import Closing, Person
from hornbook.district.policy.models import Clause, ClauseText


def written_once(what: str) -> list[pgtrigger.Trigger]:
    """Rows that are evidence: the database refuses to change or remove them."""
    return [
        pgtrigger.Protect(name=f"{what}_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{what}_not_emptied",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=f"RAISE EXCEPTION 'the {what} is evidence: TRUNCATE refused';",
        ),
    ]


class Desk(models.Model):
    """Who helps and on which clauses it rests; one row. Newly made, nothing is chosen yet.

    ``account_clause`` lets the desk close somebody's account; ``lesson_clause`` is what the
    lesson explains.
    """

    phone = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=200, blank=True)
    account_clause = models.ForeignKey(
        Clause, models.PROTECT, null=True, blank=True, related_name="+"
    )
    lesson_clause = models.ForeignKey(
        Clause, models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return "the desk"

    @classmethod
    def the_one(cls) -> Desk:
        chosen = cls.objects.select_related("account_clause", "lesson_clause").first()
        return chosen or cls(pk=1)


class GivenAway(models.Model):
    """One account whose password somebody else may know. ``how`` and ``data`` may stay unsaid."""

    class How(models.TextChoices):
        PAGE = "page", "I typed it into a page that a message led to"
        REPLY = "reply", "I wrote it in an answer to a message"
        CALL = "call", "I said it to somebody who called"
        TOLD = "told", "I told it to somebody I know"
        SEEN = "seen", "Somebody saw it, or found it written down"
        UNSURE = "unsure", "I am not sure"

    class Data(models.TextChoices):
        NO = "no", "No"
        YES = "yes", "Yes"
        UNSURE = "unsure", "I am not sure"

    class State(models.TextChoices):
        OPEN = "open", "Under way"
        DONE = "done", "Finished"

    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="given_away")
    told_by = models.CharField(max_length=200)
    told_at = models.DateTimeField()
    since = models.DateTimeField(help_text="from when on somebody else may have known it")
    how = models.CharField(max_length=10, choices=How, blank=True)
    data = models.CharField(max_length=10, choices=Data, blank=True)
    elsewhere = models.BooleanField(default=False)
    words = models.TextField(blank=True)
    closing = models.ForeignKey(Closing, models.PROTECT, related_name="incidents")
    lesson = models.ForeignKey(ClauseText, models.PROTECT, null=True, blank=True, related_name="+")
    lesson_done_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=200, blank=True)
    finding = models.TextField(blank=True)

    class Meta:
        ordering = ["-told_at"]
        verbose_name_plural = "given away"
        indexes = [models.Index(fields=["state", "-told_at"], name="given_away_open")]
        triggers = [
            pgtrigger.Protect(name="given_away_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="given_away_is_of_one_person", fields=["key", "person", "told_by", "told_at"]
            ),
            pgtrigger.FSM(name="given_away_steps", field="state", transitions=[("open", "done")]),
        ]

    def __str__(self) -> str:
        return f"incident {self.key}"


class Step(Deed):
    """What was done with it."""

    incident = models.ForeignKey(GivenAway, models.PROTECT, related_name="steps")

    class Meta(Deed.Meta):
        triggers = written_once("step")


class Word(models.Model):
    """What somebody told who could not sign in. It closes nothing by itself: anybody can write it.

    ``person`` is whose account the address is, where it is somebody's; the writer never learns.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits"
        ACTED = "acted", "Account closed"
        ASIDE = "aside", "Set aside"

    at = models.DateTimeField()
    email = models.EmailField()
    reach = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=1000, blank=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at"]
        triggers = [
            pgtrigger.Protect(name="words_stay", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="words_as_written", fields=["at", "email", "words"]),
        ]

    def __str__(self) -> str:
        return f"word {self.pk}"


from hornbook.district.incidents.breach_models import (  # noqa: E402  (they point at models above)
    Affected as Affected,
)
from hornbook.district.incidents.breach_models import Breach as Breach  # noqa: E402
from hornbook.district.incidents.breach_models import BreachEvent as BreachEvent  # noqa: E402
from hornbook.district.incidents.breach_models import Determination as Determination  # noqa: E402
