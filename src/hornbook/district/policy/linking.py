"""Which other policies a clause names, by number or title, and who names it back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hornbook.district.policy.models import Clause, ClauseLink, ClauseText, Policy


@dataclass(frozen=True)
class Reference:
    """A policy (and perhaps its clause) that a clause leans on. ``filed`` by a person, or read."""

    policy: Policy
    clause: Clause | None
    words: str
    filed: bool


def references_of(text: ClauseText) -> list[Reference]:
    """What the clause leans on: links that people filed, then policies that its words name."""
    filed = [
        Reference(link.policy, link.clause, link.words, filed=True)
        for link in text.clause.links.select_related("policy", "clause")
    ]
    known = {one.policy.pk for one in filed}
    others = Policy.objects.exclude(pk=text.clause.policy_id)
    named = named_in(f"{text.lead} {text.official}", others)
    read = [Reference(policy, None, "", filed=False) for policy in named if policy.pk not in known]
    return filed + read


def references_to(clause: Clause) -> list[ClauseLink]:
    """The clauses of other policies that lean on this one."""
    return list(clause.linked_from.select_related("source__policy"))


def named_in(words: str, policies: Iterable[Policy]) -> list[Policy]:
    """The policies whose number or whole title stands in the words."""
    return [policy for policy in policies if _names(words, policy)]


def _names(words: str, policy: Policy) -> bool:
    signs = [sign for sign in (policy.code, policy.title) if sign]
    return any(re.search(rf"(?<![\w.]){re.escape(sign)}(?![\w])", words, re.I) for sign in signs)
