"""What a check gets and gives. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Weight = Literal["mend", "look"]


@dataclass(frozen=True)
class Check:
    """One entry of ``checks.toml``. "mend": it is wrong; "look": a person should decide."""

    key: str
    kind: str
    weight: Weight
    title: str
    citation: str
    checked_on: date
    words: str
    remedy: str
    pattern: str = ""
    unless: str = ""
    forces: Sequence[str] = ()


@dataclass(frozen=True)
class Law:
    """A law that policies name, and when it last changed in a way that their words should know."""

    name: str
    pattern: str
    citation: str
    changed_on: date
    what: str


@dataclass(frozen=True)
class DeadLink:
    address: str
    checked_on: date
    what: str


@dataclass(frozen=True)
class Words:
    """One clause of the set of policies that is looked at. ``since``: as long as it says so."""

    policy: str
    key: str
    text: str
    force: str
    holder: str
    since: date | None


@dataclass(frozen=True)
class RuleFact:
    """A rule of the filter that blocks, and the clause that it cites."""

    name: str
    clause: str


@dataclass(frozen=True)
class Openly:
    """A policy, and what is on file about its newest revision's way through the board."""

    policy: str
    evidence: Sequence[str]


@dataclass(frozen=True)
class Library:
    """Everything that the checks read."""

    clauses: Sequence[Words]
    rules: Sequence[RuleFact] = ()
    openly: Sequence[Openly] = ()


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to look at. ``clause`` is empty when it is about a whole policy, and
    ``policy`` when it is about all of them."""

    check: Check
    words: str
    policy: str = ""
    clause: str = ""


@dataclass(frozen=True)
class NotChecked:
    """What nobody looked at, and why. That is not the same as nothing found."""

    check: Check
    words: str
    clause: str = ""


@dataclass(frozen=True)
class Addressed:
    """Where the set of policies speaks of an element. By its words: a person must agree."""

    check: Check
    clauses: Sequence[str]


@dataclass(frozen=True)
class Report:
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)
    addressed: list[Addressed] = field(default_factory=list)

    def about(self, policy: str) -> list[Finding]:
        return [one for one in self.findings if one.policy == policy]

    @property
    def of_all(self) -> list[Finding]:
        """What is about the set of policies rather than one of them."""
        return self.about("")
