"""The policies in force, or those that a draft would leave in force, as the checks read them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from hornbook.district.filtering.models import Action, Rule
from hornbook.district.policy.access import BASE, current_policies
from hornbook.district.policy.linting.model import Library, Openly, RuleFact, Words
from hornbook.district.policy.models import ClauseText, Policy
from hornbook.district.policy.revising.models import Draft
from hornbook.district.policy.showing.book import since_when as say_since


def library_on(on: date) -> Library:
    """The policies whose words bind on that day."""
    texts = ClauseText.objects.in_force(on).filter(lang=BASE)
    ordered = texts.select_related("clause__policy").order_by("clause__policy__key", "order")
    since = since_when()
    clauses = [
        Words(
            text.clause.policy.key,
            text.clause.key,
            f"{text.lead} {text.official}".strip(),
            text.force,
            text.holder,
            since.get(text.clause.key),
        )
        for text in ordered
    ]
    openly = [
        Openly(one.policy.key, [str(piece["kind"]) for piece in one.revision.evidence])
        for one in current_policies(on)
    ]
    return Library(clauses, _blocking(), openly)


def library_with(draft: Draft, on: date) -> Library:
    """The same, with the drafted clauses in the place of their policy's."""
    now = library_on(on)
    key = draft.policy.key
    others = [clause for clause in now.clauses if clause.policy != key]
    since = since_when()
    drafted = [
        Words(
            key,
            clause.key,
            f"{clause.lead} {clause.official}".strip(),
            clause.force,
            clause.holder,
            on if clause.is_changed else since.get(clause.key),
        )
        for clause in draft.clauses.filter(removed=False).select_related("before")
    ]
    kinds = [str(piece["kind"]) for piece in draft.evidence]
    openly = [one for one in now.openly if one.policy != key] + [Openly(key, kinds)]
    return Library([*others, *drafted], now.rules, openly)


def _blocking() -> list[RuleFact]:
    rules = Rule.objects.filter(enabled=True, action=Action.BLOCK).select_related("clause")
    return [RuleFact(rule.name, rule.clause.key) for rule in rules]


def since_when(policy: Policy | None = None) -> dict[str, date]:
    """Clause key → the day since which it has said the same, as far as the words are on file."""
    texts = ClauseText.objects.filter(lang=BASE).select_related("clause", "revision")
    if policy is not None:
        texts = texts.filter(clause__policy=policy)
    by_clause: dict[str, list[ClauseText]] = defaultdict(list)
    for text in texts.order_by("revision__no"):
        by_clause[text.clause.key].append(text)
    return {key: say_since(found) for key, found in by_clause.items()}
