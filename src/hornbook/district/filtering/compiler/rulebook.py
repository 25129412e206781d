"""The rulebook part: the matrix for one catalogue, and a table of verdicts that cite words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hornbook.district.filtering.compiler import carried
from hornbook.district.filtering.compiler.matrix import build_matrix
from hornbook.district.filtering.compiler.resolve import INSPECT, REWRITE, WARN, Outcome, Topic
from hornbook.district.filtering.compiler.rules import CompileError, Ruleset
from hornbook.district.filtering.compiler.windows import BadWindow, Slots, cut_week
from hornbook.district.filtering.rewrites import rewrite_tables
from hornbook.district.policy import law
from hornbook.kernel.parts import encode_part
from hornbook.kernel.rulebook import KIND, Terms, Verdict, build_rulebook

# RFC 8914 4.5. For blocks the legal basis tells the code (``law.toml``): a statute is a demand
# from outside (16), the district's own policy is the operator's will (15).
FORGED = 4
TTL_SECONDS = 60  # short, so that a decision or the end of a time window is felt soon


def slots_of(ruleset: Ruleset) -> Slots:
    """The week cut by the windows of the enabled rules; raises CompileError for too many slots."""
    try:
        return cut_week([rule.windows for rule in ruleset.rules if rule.enabled], ruleset.calendar)
    except BadWindow as error:
        raise CompileError(f"The rules cannot be compiled: {error}.") from error


def compile_rulebook(
    ruleset: Ruleset,
    *,
    sets: Sequence[frozenset[str]],
    catalogue_hash: str,
    time_zone: str,
    notice: dict[str, Any],
) -> bytes:
    """The octets of the rulebook part for the catalogue whose set ``i`` has categories ``sets[i]``.

    ``notice`` is what notice pages are told: district, contacts, crisis lines, console, bases.
    """
    slots = slots_of(ruleset)
    profiles = sorted(ruleset.profile_keys)
    matrix = build_matrix(ruleset.topics, ruleset.rules, profiles=profiles, sets=sets, slots=slots)
    topics = {topic.key: topic for topic in ruleset.topics}
    meta, arrays = build_rulebook(
        profiles=profiles,
        verdicts=[verdict_of(outcome, ruleset, topics) for outcome in matrix.outcomes],
        matrix=matrix.verdict,
        week=slots.week,
        time_zone=time_zone,
        notice=notice,
        catalogue_hash=catalogue_hash,
        rewrites=rewrite_tables(),
        beneath={
            number: matrix.outcomes.index(outcome.beneath)
            for number, outcome in enumerate(matrix.outcomes)
            if outcome.beneath
        },
        days={day.isoformat(): plan for day, plan in slots.dates.items()},
        opened=(matrix.opened_sets, matrix.opened),
        terms={
            rule.key: Terms(rule.minutes, rule.known_only)
            for rule in ruleset.rules
            if rule.enabled and rule.action == WARN and rule.minutes
        },
        keeps_paths=[
            rule.key
            for rule in ruleset.rules
            if rule.enabled and rule.action == INSPECT and rule.keeps_paths
        ],
    )
    return encode_part(KIND, {**meta, carried.KEY: carried.write(ruleset)}, arrays)


def verdict_of(outcome: Outcome, ruleset: Ruleset, topics: Mapping[str, Topic]) -> Verdict:
    """The record that a node, the notice page and the activity row read.

    The title is the category's name, the clause's words are those in force on the ruleset's
    day. The default cites nothing: nobody did anything.
    """
    topic = topics.get(outcome.category)
    title = topic.name if topic else ""
    if outcome.protected:
        cited = _cite(ruleset, "allow", outcome.protected.clause)
        return replace(
            cited, rule="protected", basis="protected", category=outcome.category, title=title
        )
    rule = outcome.rule
    if rule is None:
        return Verdict("allow")
    return replace(
        _cite(ruleset, outcome.action, rule.clause),
        rule=rule.key,
        basis=rule.basis,
        override=rule.override,
        answer={"block": rule.answer, REWRITE: REWRITE}.get(rule.action, ""),
        ede={"block": law.basis(rule.basis).ede, REWRITE: FORGED}.get(rule.action),
        target=outcome.category if rule.action == REWRITE else "",
        category=outcome.category,
        title=title or rule.name,
        locked=rule.locked,
    )


def _cite(ruleset: Ruleset, action: str, version: str) -> Verdict:
    text = ruleset.texts[version]
    return Verdict(
        action,
        clause=version,
        ttl=TTL_SECONDS,
        official=text.official,
        plain=text.plain,
        section=text.section,
        revised_on=text.revision.effective_on.isoformat(),
    )
