"""Popular names that one maker alone lists are held out of the catalogue until a person decides.

Lists contain mistakes, and a mistake about a name that everybody visits hurts everybody. A
second, independent maker that lists the same name under the same category confirms it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True)
class Popular:
    """``names`` are popular, with and without ``www.``; ``watched`` are these and all above."""

    names: frozenset[bytes]
    watched: frozenset[bytes]

    @classmethod
    def of(cls, names: Iterable[bytes]) -> Popular:
        both = {form for name in map(_bare, names) for form in (name, b"www." + name)}
        return cls(frozenset(both), frozenset(both.union(*map(_ancestors, both))))

    def among(self, shelf: Shelf, address: str) -> frozenset[bytes]:
        """The watched names of one list; its file is read only when there is one to watch."""
        return self.watched.intersection(shelf.names(address).split() if self.watched else ())


def popular_names(shelf: Shelf) -> Popular:
    """The union of all popular lists."""
    texts = (shelf.names(stored.sha256) for stored in PopularList.objects.all())
    return Popular.of({name for text in texts for name in text.split()})


def review(categories: Iterable[Category], shelf: Shelf) -> Review:
    """Hold and release the names of these categories; what a person decided stays decided."""
    popular, result = popular_names(shelf), Review()
    for category in categories:
        listed = {
            version.source: popular.among(shelf, version.sha256)
            for version in _versions_in_use(category)
        }
        for source, names in to_hold(listed, popular.names).items():
            _hold(source, names, result)
    return result


def to_hold(
    listed: Mapping[ListSource, frozenset[bytes]], popular: frozenset[bytes]
) -> dict[ListSource, set[str]]:
    """Which names of one category wait for a person, per source.

    Those that are popular and that no second maker lists, unless they are below a listed name
    that does not wait: they are in the category with it whatever is decided about them.
    """
    confirmed = _confirmed({source: names & popular for source, names in listed.items()})
    every = frozenset[bytes]().union(*listed.values())
    waiting = {name for name in every & popular if _bare(name) not in confirmed}
    in_force = every - waiting
    held = {name for name in waiting if in_force.isdisjoint(_ancestors(name))}
    return {source: {name.decode() for name in names & held} for source, names in listed.items()}


def _versions_in_use(category: Category) -> Iterable[ListVersion]:
    return ListVersion.objects.filter(
        source__category=category, source__enabled=True, state=ListState.CURRENT
    ).select_related("source")


def _confirmed(hits: Mapping[ListSource, frozenset[bytes]]) -> set[bytes]:
    """Names that at least two independent makers list."""
    makers: dict[bytes, set[str]] = defaultdict(set)
    for source, names in hits.items():
        for name in names:
            makers[_bare(name)].add(maker_of(source.key))
    return {name for name, who in makers.items() if len(who) > 1}


def _ancestors(name: bytes) -> list[bytes]:
    labels = name.split(b".")
    return [b".".join(labels[start:]) for start in range(1, len(labels) - 1)]


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
