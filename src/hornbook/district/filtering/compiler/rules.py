"""The district's tables as the plain lines that the compiler works on, each on words in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from hornbook.district.filtering.compiler.resolve import RuleLine, Topic
from hornbook.district.filtering.compiler.windows import DAY, BadWindow, Day, read_windows
from hornbook.district.filtering.models import Category, CategoryKind, Profile, Rule, SchoolDay
from hornbook.district.learning.models import NoSchool
from hornbook.district.policy.models import Clause, ClauseText
from hornbook.instance import InstanceError

FAR_ENOUGH = timedelta(days=800)


class CompileError(InstanceError):
    """The rules cannot be compiled; the message names the rule, the cause and the remedy."""


@dataclass(frozen=True)
class Ruleset:
    """Topics, rules and profiles of one day. ``texts`` are the cited texts by clause version."""

    on: date
    topics: tuple[Topic, ...]
    rules: tuple[RuleLine, ...]
    profiles: tuple[Profile, ...]
    texts: Mapping[str, ClauseText]
    calendar: Mapping[date, Day] = field(default_factory=dict)

    @property
    def profile_keys(self) -> tuple[str, ...]:
        return tuple(profile.key for profile in self.profiles)


def read_ruleset(on: date) -> Ruleset:
    """Everything that the order of judgement needs, as it is on that day.

    Raises CompileError when an enabled rule, or the protected set, stands on a clause that has
    no text in force, or when a rule's windows cannot be read.
    """
    texts = {text.clause.pk: text for text in ClauseText.objects.in_force(on).filter(lang="en")}
    topics = tuple(_topic(category, texts) for category in _categories())
    rules = tuple(_line(rule, texts) for rule in _rules())
    profiles = tuple(Profile.objects.all())
    cited = {text.version: text for text in texts.values()}
    return Ruleset(on, topics, rules, profiles, cited, read_calendar(on))


def read_calendar(on: date) -> dict[date, Day]:
    """What the school calendar says of that day and those after it; the day before counts too.

    Breaks of human resources have no school, but for days of them that stand here themselves.
    """
    since = on - timedelta(days=1)
    found = dict.fromkeys(_break_days(since), Day(closed=True))
    for row in SchoolDay.objects.filter(day__gte=since):
        found[row.day] = Day(row.closed, _minute(row.starts, 0), _minute(row.ends, DAY))
    return found


def _break_days(since: date) -> Iterator[date]:
    """As far as a set of rules may be kept, however long a break is written down."""
    for row in NoSchool.objects.filter(last__gte=since):
        first, last = max(row.first, since), min(row.last, since + FAR_ENOUGH)
        for number in range((last - first).days + 1):
            yield first + timedelta(days=number)


def _minute(clock: time | None, otherwise: int) -> int:
    return clock.hour * 60 + clock.minute if clock else otherwise


def _categories() -> list[Category]:
    return list(Category.objects.select_related("clause").order_by("key"))


def _rules() -> list[Rule]:
    return list(Rule.objects.select_related("clause").prefetch_related("categories", "profiles"))


def _topic(category: Category, texts: Mapping[int, ClauseText]) -> Topic:
    text = texts.get(category.clause_id)
    if text is None and category.kind == CategoryKind.PROTECTED:
        raise _uncited(f"The protected set “{category.key}”", category.clause)
    version = text.version if text else ""
    return Topic(category.key, category.name, category.kind, version)


def _line(rule: Rule, texts: Mapping[int, ClauseText]) -> RuleLine:
    text = texts.get(rule.clause_id)
    if text is None and rule.enabled:
        raise _uncited(f"The rule “{rule.key}”", rule.clause)
    try:
        windows = read_windows(rule.windows)
    except BadWindow as error:
        raise CompileError(f"The rule “{rule.key}” has a time that cannot be read: {error}.") from (
            error
        )
    return RuleLine(
        key=rule.key,
        name=rule.name,
        action=rule.action,
        basis=rule.basis,
        clause=text.version if text else "",
        categories=frozenset(category.key for category in rule.categories.all()),
        profiles=frozenset(profile.key for profile in rule.profiles.all()),
        windows=windows,
        locked=rule.locked,
        enabled=rule.enabled,
        order=rule.order,
        answer=rule.answer,
        override=rule.override,
        minutes=rule.minutes,
        known_only=rule.known_only,
        keeps_paths=rule.keeps_paths,
    )


def _uncited(what: str, clause: Clause) -> CompileError:
    return CompileError(
        f"{what} stands on clause {clause.key}, which has no text in force today. "
        "Import the policy revision that contains it (hornbook import policy FILE), "
        "or let the rule cite another clause."
    )
