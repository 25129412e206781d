"""Popular names that one maker alone lists are held out of the catalogue until a person decides.

Lists contain mistakes, and a mistake about a name that everybody visits hurts everybody. A
second, independent maker that lists the same name under the same category confirms it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from hornbook.district.filtering.lists.known import maker_of
from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.filtering.models import (
    Category,
    HeldName,
    ListSource,
    ListState,
    ListVersion,
    PopularList,
)


@dataclass
class Review:
    """What a review changed: per source key the names newly held, and those let go."""

    held: dict[str, list[str]] = field(default_factory=dict)
    released: dict[str, list[str]] = field(default_factory=dict)


def popular_names(shelf: Shelf) -> frozenset[bytes]:
    """The union of all popular lists, each name also as ``www.``."""
    names: set[bytes] = set()
    for stored in PopularList.objects.all():
        names.update(shelf.names(stored.sha256).split())
    return frozenset(names | {b"www." + name for name in names})


def review(categories: Iterable[Category], shelf: Shelf) -> Review:
    """Hold and release the names of these categories; what a person decided stays decided."""
    popular, result = popular_names(shelf), Review()
    for category in categories:
        _review_category(category, popular, shelf, result)
    return result


def _review_category(
    category: Category, popular: frozenset[bytes], shelf: Shelf, result: Review
) -> None:
    hits = {
        version.source: popular.intersection(shelf.names(version.sha256).split())
        for version in _versions_in_use(category)
    }
    confirmed = _confirmed(hits)
    for source, names in hits.items():
        alone = {name.decode() for name in names if _bare(name) not in confirmed}
        _hold(source, alone, result)


def _versions_in_use(category: Category) -> Iterable[ListVersion]:
    return ListVersion.objects.filter(
        source__category=category, source__enabled=True, state=ListState.CURRENT
    ).select_related("source")


def _confirmed(hits: dict[ListSource, frozenset[bytes]]) -> set[bytes]:
    """Names that at least two independent makers list."""
    makers: dict[bytes, set[str]] = defaultdict(set)
    for source, names in hits.items():
        for name in names:
            makers[_bare(name)].add(maker_of(source.key))
    return {name for name, who in makers.items() if len(who) > 1}


def _bare(name: bytes) -> bytes:
    return name.removeprefix(b"www.")


def _hold(source: ListSource, alone: set[str], result: Review) -> None:
    rows = dict(source.held_names.values_list("name", "decision"))
    pending = {name for name, decision in rows.items() if decision == HeldName.Decision.PENDING}
    new, gone = sorted(alone - rows.keys()), sorted(pending - alone)
    reason = f"very popular, and listed by {maker_of(source.key)} alone"
    HeldName.objects.bulk_create(HeldName(source=source, name=name, reason=reason) for name in new)
    source.held_names.filter(name__in=gone, decision=HeldName.Decision.PENDING).delete()
    if new:
        result.held[source.key] = new
    if gone:
        result.released[source.key] = gone
