"""Which duties a revision changed, and which questions are asked about them."""

from __future__ import annotations

from hornbook.district.learning.changes import changes, texts_of, words_sha256
from hornbook.district.learning.models import Duty, Question
from hornbook.district.policy.access import revision_before
from hornbook.district.policy.models import ClauseText, Revision

MOST = 7


def changed_duties(duty: Duty, revision: Revision) -> list[ClauseText]:
    """The duties of the audience that the revision added or gave other words, in its order.

    Nothing where no earlier words are on file: then nobody can tell what changed.
    """
    former = revision_before(revision)
    if former is None:
        return []
    roles = duty.audience.get("roles", ())
    found = changes(texts_of(revision), texts_of(former), roles)
    return [change.now for change in found if change.is_duty and change.now is not None]


def questions_for(revision: Revision, lang: str = "en") -> list[Question]:
    """Every enabled question whose clause says in this revision what it said to the question.

    In the order of the policy; in English where there is none in the language.
    """
    texts = {text.clause_id: text for text in texts_of(revision)}
    asked = Question.objects.filter(clause__in=texts, enabled=True).select_related("clause")
    fitting = [q for q in asked if q.words_sha256 == words_sha256(texts[q.clause_id])]
    local = {q.clause_id for q in fitting if q.lang == lang}
    chosen = [q for q in fitting if q.lang == (lang if q.clause_id in local else "en")]
    return sorted(chosen, key=lambda q: (texts[q.clause_id].order, q.pk))


def asked_of(questions: list[Question], changed: set[str] | None) -> list[Question]:
    """What one person is asked: about the clauses that ``changed`` for them since they signed.

    Whoever signs for the first time (None) is asked about a few clauses of the whole policy.
    """
    if changed is None:
        return questions[:MOST]
    return [question for question in questions if question.clause.key in changed][:MOST]
