"""What Hornbook must answer, worked out slowly with dictionaries, from the documents alone.

Nothing of the kernel or the compiler is used here. ``docs/architecture.md`` says what holds for a
name (under *kernel*) and in which order rules are read (*order of judgement*); the docstring of
``district/filtering/models.py: Rule`` says what a rule's fields mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TOPIC, ALLOW, PROTECTED, REWRITE = "topic", "allow", "protected", "rewrite"
PRIVATE = "private"
DAY = 24 * 60


@dataclass(frozen=True)
class Rule:
    """As an operator writes it. ``windows``: (days Monday 0, from, to) in minutes of the day."""

    key: str
    order: int
    action: str
    categories: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    windows: tuple[tuple[frozenset[int], int, int], ...] = ()
    locked: bool = False
    enabled: bool = True
    answer: str = "notice"


@dataclass(frozen=True)
class Answer:
    """``rule`` is empty for the default and “protected” for the protected set."""

    action: str
    rule: str = ""


@dataclass
class Oracle:
    """``lists``: name → the categories that list it; ``kinds``: category → its kind."""

    lists: dict[str, set[str]]
    kinds: dict[str, str]
    rules: list[Rule]
    _known: dict[tuple[frozenset[str], str, int], Answer] = field(default_factory=dict)

    def answer(self, name: str, profile: str, minute: int) -> Answer:
        """For a name in text form, at a minute of the week (Monday 00:00 is 0)."""
        return self.answer_for(self.holds_for(name), profile, minute)

    def answer_for(self, holding: frozenset[str], profile: str, minute: int) -> Answer:
        """The same for what holds for a name; worked out once for each case."""
        key = holding, profile, minute
        if key not in self._known:
            self._known[key] = self._judge(*key)
        return self._known[key]

    def holds_for(self, name: str) -> frozenset[str]:
        """The categories that hold for a name: its own, and what its parents leave to it."""
        labels = name.split(".")
        holding: set[str] = set()
        for place in reversed(range(len(labels))):
            holding = {c for c in holding if self.kinds[c] != REWRITE}  # for one host only
            own = self.lists.get(".".join(labels[place:]), set())
            kinds = {self.kinds[category] for category in own}
            if kinds & {ALLOW, PROTECTED}:
                holding = {c for c in holding if self.kinds[c] != TOPIC}
            if TOPIC in kinds:
                holding = {c for c in holding if self.kinds[c] != ALLOW}
            holding |= own
        return frozenset(holding)

    def _judge(self, holding: frozenset[str], profile: str, minute: int) -> Answer:
        if any(self.kinds[category] == PROTECTED for category in holding):
            return Answer("allow", "protected")
        fitting = [rule for rule in self.rules if fits(rule, holding, profile, minute)]
        if any(self.kinds[category] == PRIVATE for category in holding):
            fitting = [rule for rule in fitting if rule.action != "inspect"]
        locked_first = sorted(fitting, key=lambda rule: (not rule.locked, rule.order))
        speaking = [rule for rule in locked_first if rule.action != REWRITE]
        first = speaking[0] if speaking else None
        if first is None or first.action in ("allow", "inspect"):
            for rule in locked_first:
                if rule.action == REWRITE:
                    return Answer(REWRITE, rule.key)
        return Answer(first.action, first.key) if first else Answer("allow")


def fits(rule: Rule, holding: frozenset[str], profile: str, minute: int) -> bool:
    if not rule.enabled:
        return False
    if rule.profiles and profile not in rule.profiles:
        return False
    if rule.categories and not rule.categories & holding:
        return False
    return not rule.windows or any(is_open(window, minute) for window in rule.windows)


def is_open(window: tuple[frozenset[int], int, int], minute: int) -> bool:
    """A window that ends before it begins runs past midnight into the next day."""
    days, begin, end = window
    day, at = divmod(minute, DAY)
    if begin < end:
        return day in days and begin <= at < end
    return (day in days and at >= begin) or ((day - 1) % 7 in days and at < end)
