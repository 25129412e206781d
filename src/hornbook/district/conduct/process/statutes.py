"""The statute that counts on the day of what happened, and what a finding of it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from hornbook.district.conduct.kinds import kinds, read_data


@dataclass(frozen=True)
class Statute:
    """``every``: all must be met; ``one``: at least one. Element key → words."""

    key: str
    kind: str
    title: str
    citation: str
    checked_on: date
    every: Mapping[str, str]
    one: Mapping[str, str]
    since: date = date.min
    until: date = date.max

    @property
    def elements(self) -> dict[str, str]:
        return {**self.every, **self.one}

    def met(self, answers: Mapping[str, bool]) -> bool:
        return all(answers.get(key) for key in self.every) and any(
            answers.get(key) for key in self.one
        )


@cache
def statutes() -> tuple[Statute, ...]:
    return tuple(_read(key, entry) for key, entry in read_data("statutes").items())


def _read(key: str, entry: Any) -> Statute:
    rest = {name: value for name, value in entry.items() if name not in ("all", "one")}
    return Statute(key=key, every=entry["all"], one=entry["one"], **rest)


def statute_of(kind: str, on: date) -> Statute | None:
    """The entry that counted on that day for that kind of case; None where there is none."""
    wanted = kinds()[kind].statute
    rows = (law for law in statutes() if law.kind == wanted and law.since <= on < law.until)
    return next(rows, None)
