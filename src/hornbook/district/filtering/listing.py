"""What the filter's overview shows: plain rows for the template, read in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from hornbook.district.filtering.compiler.windows import BadWindow, describe, read_windows
from hornbook.district.filtering.defaults import private_names, protected_names
from hornbook.district.filtering.jobs import publications_asked_for
from hornbook.district.filtering.models import (
    Action,
    Category,
    CategoryKind,
    HeldName,
    ListSource,
    ListState,
    ListVersion,
    LocalEntry,
    Profile,
    Rule,
)
from hornbook.district.policy.models import ClauseText, LegalBasis

_VERBS = {
    Action.ALLOW: "allow",
    Action.BLOCK: "block",
    Action.WARN: "allow, with a note in the record,",
    Action.INSPECT: "look inside",
    Action.REWRITE: "send elsewhere",
}


@dataclass(frozen=True)
class RuleRow:
    """A rule in its judged place, as one plain sentence, on a clause version in force."""

    place: int
    rule: Rule
    sentence: str
    version: str


@dataclass(frozen=True)
class CategoryRow:
    category: Category
    names: int
    version: str


@dataclass(frozen=True)
class Maker:
    """Whoever makes lists (the first half of a source's key), with a row for each of them."""

    key: str
    rows: list[dict[str, Any]]

    @property
    def names(self) -> int:
        """In the versions in use; a name of two lists counts twice."""
        return sum(row["version"].names for row in self.rows if row["version"])

    @property
    def pending(self) -> int:
        return sum(row["source"].pending for row in self.rows)

    @property
    def licence(self) -> str:
        """The licence that all its lists share, else nothing."""
        shared = {row["source"].licence for row in self.rows}
        return shared.pop() if len(shared) == 1 else ""


def versions_in_force() -> dict[int, str]:
    """Clause (primary key) → the version that binds today."""
    texts = ClauseText.objects.in_force(timezone.localdate()).filter(lang="en")
    return {text.clause_id: text.version for text in texts}


def rule_rows() -> list[RuleRow]:
    """Every rule in the order in which they are judged."""
    versions, everyone = versions_in_force(), list(Profile.objects.all())
    rules = Rule.objects.select_related("clause").prefetch_related("categories", "profiles")
    return [
        RuleRow(place, rule, sentence(rule, everyone), versions.get(rule.clause_id, ""))
        for place, rule in enumerate(rules.order_by("-locked", "order"), start=1)
    ]


def sentence(rule: Rule, everyone: Sequence[Profile]) -> str:
    """“Students in elementary schools: block games, always (local policy).”"""
    what = listed(_inside(category.name) for category in rule.categories.all()) or "every name"
    basis = str(LegalBasis(rule.basis).label)
    basis = basis if basis.startswith("CIPA") else basis.lower()
    who = _who(list(rule.profiles.all()), everyone)
    return f"{who}: {_does(rule)} {what}, {_when(rule)} ({basis})."


def _does(rule: Rule) -> str:
    if rule.minutes:
        return f"warn first, and open for {rule.minutes} minutes with a reason,"
    if rule.keeps_paths:
        return "look inside, and record the page of"
    return _VERBS[Action(rule.action)]


def _who(meant: Sequence[Profile], everyone: Sequence[Profile]) -> str:
    """Whom a rule is for, in the shorter of two ways of saying it."""
    spared = [profile for profile in everyone if profile not in meant]
    if not meant or not spared:
        return "Everyone"
    if len(spared) < len(meant) and len(spared) < 3:
        return f"Everyone but {listed(_inside(profile.name) for profile in spared)}"
    first, *others = (profile.name for profile in meant)
    return listed([first, *map(_inside, others)])


def _inside(name: str) -> str:
    """A name in the middle of a sentence: “students in …”, but “IT administrators”."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _when(rule: Rule) -> str:
    try:
        return describe(read_windows(rule.windows))
    except BadWindow as error:
        return f"at a time that cannot be read: {error}"


def listed(words: Iterable[str]) -> str:
    """“a, b and c”; where an item has an “and” of its own, “a, b, and c and d”."""
    *most, last = list(words) or [""]
    joint = ", and " if any(" and " in word for word in (*most, last)) else " and "
    return f"{', '.join(most)}{joint}{last}" if most else last


def category_rows() -> list[CategoryRow]:
    """Every category with the number of names that its lists hold, local entries included."""
    versions, names = versions_in_force(), _names_by_category()
    return [
        CategoryRow(category, names[category.pk], versions.get(category.clause_id, ""))
        for category in Category.objects.select_related("clause")
    ]


def _names_by_category() -> dict[int, int]:
    names: dict[int, int] = defaultdict(int)
    current = ListVersion.objects.filter(state=ListState.CURRENT, source__enabled=True)
    for category, count in current.values_list("source__category", "names"):
        names[category] += count
    counted = LocalEntry.objects.values("category").annotate(n=Count("pk"))
    for row in counted.order_by():
        names[row["category"]] += row["n"]
    for protected in Category.objects.filter(key=CategoryKind.PROTECTED):
        names[protected.pk] += len(protected_names())
    for private in Category.objects.filter(key=CategoryKind.PRIVATE):
        names[private.pk] += len(private_names())
    return names


def makers() -> list[Maker]:
    """Every maker with its sources, by key: a district may well have a hundred lists."""
    by_maker: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(source_rows(), key=lambda row: row["source"].key):
        by_maker[row["source"].key.partition("/")[0]].append(row)
    return [Maker(key, rows) for key, rows in by_maker.items()]


def source_rows() -> list[dict[str, Any]]:
    """Every source with its version in use, and how many of its names wait for a decision."""
    pending = Count("held_names", filter=Q(held_names__decision=HeldName.Decision.PENDING))
    current = {v.source_id: v for v in ListVersion.objects.filter(state=ListState.CURRENT)}
    sources = ListSource.objects.select_related("category").annotate(pending=pending)
    return [{"source": source, "version": current.get(source.pk)} for source in sources]


def held_versions() -> QuerySet[ListVersion]:
    found = ListVersion.objects.filter(state=ListState.HELD)
    return found.select_related("source__category").order_by("imported_at")


def pending_names(category: str = "", source: str = "") -> QuerySet[HeldName]:
    """Held names without a decision, of one category or source (by key) or of all."""
    found = HeldName.objects.filter(decision=HeldName.Decision.PENDING)
    if category:
        found = found.filter(source__category__key=category)
    if source:
        found = found.filter(source__key=source)
    return found.select_related("source__category").order_by("name", "source__key")


def pending_sources() -> list[tuple[ListSource, int]]:
    """The sources whose popular names wait, with how many, the most first."""
    counted = HeldName.objects.filter(decision=HeldName.Decision.PENDING).values("source")
    waiting = {row["source"]: row["n"] for row in counted.annotate(n=Count("pk")).order_by()}
    sources = ListSource.objects.filter(pk__in=waiting)
    return sorted(
        ((source, waiting[source.pk]) for source in sources),
        key=lambda pair: (-pair[1], pair[0].key),
    )


def publishing_state() -> dict[str, str]:
    """``waiting`` while a publication is asked for; ``trouble`` when the last one was refused."""
    last = publications_asked_for().order_by("-enqueued_at").first()
    if last is None:
        return {}
    if last.finished_at is None:
        return {"waiting": "A new publication is being made. Load this page again in a minute."}
    if last.return_value is None:
        return {"trouble": "The last publication broke off; the worker's log says where."}
    return {} if last.return_value["ok"] else {"trouble": str(last.return_value["message"])}
