"""Read one clause's lights from the facts. Pure: no query, the same facts give the same light."""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from hornbook.district.people.audience import is_carried_by_people
from hornbook.district.people.models import Role
from hornbook.district.policy.comparing.strength import rank
from hornbook.district.policy.coverage.facts import Facts
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.models import ClauseText, Holder

_FILE = Path(__file__).with_name("needs.toml")
_STRENGTHS = {3: "binding", 2: "expected", 1: "advice", 0: "free"}
MOSTLY = 0.95
"""From this share of signatures on the light is lit: somebody is always ill or new."""


class State(StrEnum):
    """How a light stands. Each has its own shape and word, so that colour is never alone."""

    LIT = "lit"
    PART = "part"
    DARK = "dark"
    NEEDLESS = "needless"


STATE_WORDS = {
    State.LIT: "yes",
    State.PART: "in part",
    State.DARK: "no",
    State.NEEDLESS: "not needed",
}


@dataclass(frozen=True)
class Lit:
    """One light of one clause: how it stands, why, and who looks after it while it is dark."""

    light: Light
    state: State
    words: str
    owner: str = ""

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def is_task(self) -> bool:
        return self.state in (State.DARK, State.PART)


@dataclass(frozen=True)
class Where:
    """One site, or the whole district (``site`` None)."""

    site: int | None = None


def lights_of(text: ClauseText, facts: Facts, where: Where) -> tuple[Lit, ...]:
    """The five lights in the order of the map."""
    return tuple(light_of(light, text, facts, where) for light in Light)


def needs(text: ClauseText) -> frozenset[str]:
    """The lights that a clause needs by itself."""
    return _needs(_carrier(text.holder), rank(text.force))


@cache
def _needs(carrier: str, strength: int) -> frozenset[str]:
    return frozenset(_data()[carrier][_STRENGTHS[strength]])


def _carrier(holder: str) -> str:
    if holder == Holder.DISTRICT:
        return "district"
    return "people" if is_carried_by_people(holder) else "nobody"


def light_of(light: Light, text: ClauseText, facts: Facts, where: Where) -> Lit:
    waiver = facts.waivers.get((text.clause_id, light))
    if waiver is not None:
        return Lit(light, State.NEEDLESS, f"{waiver.why} ({waiver.label})")
    state, words = _READ[light](text, facts, where)
    if light not in needs(text) and state is not State.LIT:
        return Lit(light, State.NEEDLESS, "These words do not ask for it.")
    owner = "" if state is State.LIT else owner_of(text.clause_id, light, facts)
    return Lit(light, state, words, owner)


def alike(light: Light, text: ClauseText, facts: Facts) -> Hashable:
    """Clauses for which this is the same have that light in the same state, at every site."""
    given = (text.clause_id, light) in facts.waivers, light in needs(text)
    if light is Light.SIGNED:
        return *given, facts.alike(text)
    if light is Light.ENFORCED:
        return *given, frozenset(rule.sites for rule in facts.rules.get(text.clause_id, ()))
    return *given, _READ[light](text, facts, Where())[0]


def owner_of(clause: int, light: Light, facts: Facts) -> str:
    """Who was named for it, or who holds the role that usually looks after it."""
    task = facts.tasks.get((clause, light))
    if task is not None:
        return task.owner_label
    role = Role(_data()["owner"][light])
    holder = facts.holders.get(role)
    return f"{holder} ({role.label})" if holder else f"{role.label} (nobody holds this role)"


def _taught(text: ClauseText, facts: Facts, where: Where) -> tuple[State, str]:
    how = facts.taught.get(text.clause_id)
    if how:
        return State.LIT, how
    return State.DARK, "No lesson and no question teaches these words."


def _signed(text: ClauseText, facts: Facts, where: Where) -> tuple[State, str]:
    """By those whom the clause binds, among those who are asked to sign its policy."""
    if text.clause.policy_id not in facts.crowds:
        return State.DARK, "Nobody is asked to sign this policy."
    asked, signed = facts.signing(text, where.site)
    if not asked:
        return State.NEEDLESS, "Nobody here is bound by it."
    words = f"{signed} of {asked} people signed these words."
    if signed >= MOSTLY * asked:
        return State.LIT, words
    return (State.PART if signed else State.DARK), words


def _enforced(text: ClauseText, facts: Facts, where: Where) -> tuple[State, str]:
    everywhere = facts.rules.get(text.clause_id, [])
    here = [rule for rule in everywhere if rule.sites is None or where.site in rule.sites]
    rules = everywhere if where.site is None else here
    if not rules:
        return State.DARK, "No rule acts under it."
    if not facts.published:
        return State.DARK, "Rules act under it, but nothing is published to the nodes."
    named = ", ".join(sorted({rule.name for rule in rules})[:3])
    more = f" and {len(rules) - 3} more" if len(rules) > 3 else ""
    return State.LIT, f"Rules of the filter: {named}{more}."


def _watched(text: ClauseText, facts: Facts, where: Where) -> tuple[State, str]:
    if text.clause_id not in facts.rules:
        return State.DARK, "Nothing records or reports what happens under it."
    if not facts.recording:
        return State.DARK, "The filter would record it, but it does not answer just now."
    return State.LIT, "The filter records every decision under it."


def _proved(text: ClauseText, facts: Facts, where: Where) -> tuple[State, str]:
    """A pack about these very words, made within a year."""
    pack = facts.packs.get(text.clause_id)
    if pack is None:
        return State.DARK, "No proof pack was made in the last year."
    day = f"{pack.made_at:%-d %B %Y}"
    if pack.revision_id not in facts.same_words.get(text.clause_id, frozenset()):
        return State.DARK, f"The proof pack of {day} is about older words."
    return State.LIT, f"Proof pack of {day}, leaf {pack.leaf_no} of the ledger."


_READ = {
    Light.TAUGHT: _taught,
    Light.SIGNED: _signed,
    Light.ENFORCED: _enforced,
    Light.WATCHED: _watched,
    Light.PROVED: _proved,
}


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
