"""Cards for everybody: which rules hold for me, and what changed in the policy."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings

from hornbook.district.filtering.compiler.audience import BadAudience, choose
from hornbook.district.filtering.compiler.resolve import resolve
from hornbook.district.filtering.compiler.roll import standings_of
from hornbook.district.filtering.compiler.rules import CompileError, Ruleset, read_ruleset
from hornbook.district.filtering.compiler.windows import clock_at
from hornbook.district.overview.cards.card import Card, Viewer
from hornbook.district.policy.models import ClauseText

NAMED = 6


def my_rules(viewer: Viewer) -> Card | None:
    """The profile that holds for the viewer, and what it closes at this minute."""
    try:
        rules = read_ruleset(viewer.today)
        standing = standings_of({viewer.person}, on=viewer.today)[viewer.person.pk]
        key, _ = choose(rules.profiles, standing)
    except (CompileError, BadAudience):
        return None
    name = next(profile.name for profile in rules.profiles if profile.key == key)
    return Card(
        title="What holds for me",
        text=f"You are judged as “{name}”. {_closed_words(closed_topics(rules, key, viewer))}",
        room="filter-test",
        action="Test a page for myself",
    )


def closed_topics(rules: Ruleset, profile: str, viewer: Viewer) -> list[str]:
    """The names of the topics that are blocked for that profile right now."""
    minute = clock_at(viewer.now, ZoneInfo(settings.TIME_ZONE), rules.calendar)
    return [
        topic.name
        for topic in rules.topics
        if resolve(
            rules.topics,
            rules.rules,
            profile=profile,
            categories=frozenset({topic.key}),
            minute=minute,
        ).action
        == "block"
    ]


def _closed_words(topics: list[str]) -> str:
    if not topics:
        return "No topic is blocked for you right now."
    named = ", ".join(topics[:NAMED])
    rest = f" and {len(topics) - NAMED} more" if len(topics) > NAMED else ""
    return f"Blocked for you right now: {named}{rest}."


def policy_news(viewer: Viewer) -> Card | None:
    """The newest wording in force, and how many clauses it brought."""
    texts = ClauseText.objects.in_force(viewer.today).filter(lang="en")
    newest = texts.order_by("-valid_from").first()
    if newest is None:
        return None
    count, fresh = texts.count(), texts.filter(valid_from=newest.valid_from).count()
    since = f"{newest.valid_from:%-d %B %Y}"
    changed = "" if fresh == count else f" {fresh} of them were changed or added then."
    return Card(
        title="The policy",
        text=f"{count} clauses are in force. The newest wording holds since {since}.{changed}",
        room="policy",
        action="Read the policy",
    )
