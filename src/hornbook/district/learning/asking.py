"""What a lesson asks: the questions of one wording, answered on one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hornbook.district.learning.changes import words_sha256
from hornbook.district.learning.models import Question
from hornbook.district.policy.models import ClauseText

FEW = 3


@dataclass(frozen=True)
class Asked:
    """A question as it stands on the page, with what was chosen, if anything was."""

    question: Question
    chosen: int | None = None

    @property
    def name(self) -> str:
        return f"q{self.question.pk}"

    @property
    def choices(self) -> list[tuple[int, str, bool]]:
        """(number, words, chosen)."""
        told = enumerate(self.question.choices)
        return [(n, choice["text"], n == self.chosen) for n, choice in told]

    @property
    def right(self) -> bool:
        return self.chosen is not None and bool(self.question.choices[self.chosen]["right"])

    @property
    def why(self) -> str:
        return "" if self.chosen is None else str(self.question.choices[self.chosen]["why"])


def questions_of(text: ClauseText) -> list[Question]:
    """The clause's enabled questions, where its words are still those that they are about."""
    found = Question.objects.filter(clause=text.clause, enabled=True, lang="en")
    return list(found.filter(words_sha256=words_sha256(text))[:FEW])


def ask(text: ClauseText, answers: Mapping[str, str]) -> list[Asked]:
    """The questions with what was chosen; what is no choice counts as not chosen."""
    found = []
    for question in questions_of(text):
        typed = answers.get(f"q{question.pk}", "")
        chosen = int(typed) if typed.isascii() and typed.isdigit() else None
        if chosen is not None and chosen >= len(question.choices):
            chosen = None
        found.append(Asked(question, chosen))
    return found
