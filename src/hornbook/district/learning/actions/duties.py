"""Keep duties, questions and the clauses of the monitoring notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from hornbook.district.learning.changes import words_sha256
from hornbook.district.learning.models import Duty, NoSchool, NoticeClause, Question
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.audience import check
from hornbook.district.policy.models import Clause, ClauseText

_KEPT = ("title", "kind", "audience", "sentence", "repeats_months", "school_days", "enabled")


@transaction.atomic
def save_duty(*, actor: Actor, key: str, text: ClauseText, **facts: Any) -> Duty:
    """Make or change a duty that rests on the clause of that text.

    Raises BadAudience for an audience that cannot be read. Campaigns that run keep the audience
    with which they began.
    """
    check(facts.get("audience", {}))
    duty, made = Duty.objects.update_or_create(
        key=key,
        defaults=facts | {"clause": text.clause},
        create_defaults=facts | {"clause": text.clause},
    )
    record(
        actor=actor,
        verb="make duty" if made else "change duty",
        object=duty.key,
        clause_texts=[text.version],
        detail={name: getattr(duty, name) for name in _KEPT},
    )
    return duty


@transaction.atomic
def write_question(
    *,
    actor: Actor,
    text: ClauseText,
    prompt: str,
    choices: Sequence[dict[str, Any]],
    lang: str = "en",
) -> Question:
    """Write a question about that wording. It asks only while the clause says the same.

    Raises ValueError unless exactly one of two or more choices is right and each says why.
    """
    if len(choices) < 2 or sum(bool(choice["right"]) for choice in choices) != 1:
        raise ValueError("a question has two or more choices, of which exactly one is right")
    if not all(choice["text"].strip() and choice["why"].strip() for choice in choices):
        raise ValueError("each choice has words, and says why it is right or wrong")
    question = Question.objects.create(
        clause=text.clause,
        words_sha256=words_sha256(text),
        lang=lang,
        prompt=prompt,
        choices=list(choices),
        written_by=actor.label,
    )
    record(
        actor=actor,
        verb="write question",
        object=f"question {question.pk}",
        clause_texts=[text.version],
        detail={"prompt": prompt, "choices": list(choices)},
    )
    return question


@transaction.atomic
def retire_question(*, actor: Actor, question: Question) -> None:
    """Ask it no more; what was asked stays counted."""
    if Question.objects.filter(pk=question.pk, enabled=True).update(enabled=False):
        record(actor=actor, verb="retire question", object=f"question {question.pk}")


@transaction.atomic
def choose_notice(*, actor: Actor, clauses: Sequence[Clause]) -> None:
    """Say which clauses tell people that they are monitored, in that order."""
    NoticeClause.objects.all().delete()
    NoticeClause.objects.bulk_create(
        NoticeClause(clause=clause, order=order) for order, clause in enumerate(clauses)
    )
    keys = [clause.key for clause in clauses]
    record(actor=actor, verb="choose monitoring notice", object="notice", detail={"clauses": keys})


@transaction.atomic
def add_no_school(*, actor: Actor, first: date, last: date, name: str) -> NoSchool:
    """Write down days without school. Deadlines that were set already stay as they are."""
    found = NoSchool.objects.create(first=first, last=last, name=name)
    record(actor=actor, verb="add days without school", object=_span(found), detail={"name": name})
    return found


@transaction.atomic
def remove_no_school(*, actor: Actor, found: NoSchool) -> None:
    record(
        actor=actor,
        verb="remove days without school",
        object=_span(found),
        detail={"name": found.name},
    )
    found.delete()


def _span(found: NoSchool) -> str:
    return f"{found.first.isoformat()} to {found.last.isoformat()}"
