"""What is stronger than rules, for a while: switch-offs, restrictions, exceptions, lessons.

An *order* names people, names or categories, and when it begins and ends. Orders travel in the
seating part, so they are in force within a second and touch no big part. Each seat has a *layer*:
the orders that hold for it now, strongest first. Most seats have none, and cost nothing.

The strongest order that means a name speaks; what it may change is settled here once for all:

* an order that *blocks* yields to the protected set only;
* an order that *opens* lifts blocks, but never a locked one;
* one that *lifts locked rules* lifts also those, if the rule says who may override it. That is
  the grant of 47 U.S.C. 254(h)(5)(D): adults, for bona fide research or other lawful purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import FingerprintTable
from hornbook.kernel.fingerprint import Suffixes
from hornbook.kernel.names import to_wire
from hornbook.kernel.rulebook import Verdict
from hornbook.kernel.wires import Wires

if TYPE_CHECKING:
    from hornbook.kernel.catalogue import Catalogue

SWITCHED_OFF, RESTRICTED, GRANTED, IN_SESSION = 2, 3, 4, 5  # places in the order of judgement
NEVER = 2**63 - 1  # when something ends that has no end, Unix seconds
Effect = Literal["block", "open"]
Combo = tuple[int, ...]


@dataclass(frozen=True)
class Who:
    """Whom an order is for: these persons; or else everybody with these profiles at these sites.

    Empty fields do not restrict.
    """

    persons: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()

    def holds(self, person: str, profile: str, site: str) -> bool:
        if self.persons:
            return person in self.persons
        return profile in (self.profiles or (profile,)) and site in (self.sites or (site,))


@dataclass(frozen=True)
class Order:
    """One order. ``begins`` and ``ends`` are Unix seconds; ``names`` are normalised suffixes.

    ``all_but``: everything is meant but the names and categories. ``rank`` is its place in the
    order of judgement; within one rank, what opens is stronger than what blocks.
    """

    rank: int
    effect: Effect
    verdict: Verdict
    who: Who = Who()
    names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    all_but: bool = False
    lifts_locked: bool = False
    begins: int = 0
    ends: int = NEVER

    @property
    def strength(self) -> tuple[int, bool, str]:
        """Sorts the strongest first, and always the same way."""
        return self.rank, self.effect == "block", self.verdict.rule

    def told(self) -> dict[str, Any]:
        """JSON for a seating's meta; for whom it holds is kept as seats."""
        return {key: value for key, value in asdict(self).items() if key != "who"}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Order:
        fields = dict(told) | {key: tuple(told[key]) for key in ("names", "categories")}
        return cls(**{**fields, "verdict": Verdict(**told["verdict"])})


@dataclass(frozen=True, slots=True)
class Choice:
    """``order`` intp (n,): the order that speaks for each row of ``rows``, -1 for none."""

    rows: NDArray[np.intp]
    order: NDArray[np.intp]


class Orders:
    """All orders of one seating, beside one catalogue. ``members[i]`` are the seats of order i."""

    def __init__(
        self,
        orders: Sequence[Order],
        members: Sequence[NDArray[np.int32]],
        seats: int,
        catalogue: Catalogue,
    ) -> None:
        self.orders = tuple(orders)
        self._members = members
        self._seats = seats
        self._catalogue = catalogue
        wanted = {key for order in orders for category in [order.categories] for key in category}
        held = (catalogue.categories(n) for n in range(catalogue.set_count)) if wanted else ()
        sets = [frozenset(keys) & wanted for keys in held]
        self._means: list[NDArray[np.bool_] | None] = [
            np.array([not keys.isdisjoint(order.categories) for keys in sets], np.bool_)
            if order.categories
            else None
            for order in orders
        ]
        self.edges = sorted({at for o in orders for at in (o.begins, o.ends) if 0 < at < NEVER})

    def at(self, now: float) -> InForce | None:
        """What holds at that Unix time; None when nothing does."""
        active = [n for n, order in enumerate(self.orders) if order.begins <= now < order.ends]
        if not active:
            return None
        return InForce(self, active)

    def means_set(self, order: int, set_id: int) -> bool:
        means = self._means[order]
        return means is not None and bool(means[set_id])

    def row(self, combo: Combo) -> NDArray[np.int32]:
        """Which of these orders speaks for each set, where no name of theirs is asked (sets,)."""
        found = np.full(self._catalogue.set_count, -1, np.int32)
        for number in reversed(combo):
            means = self._means[number]
            if self.orders[number].all_but:
                found[slice(None) if means is None else ~means] = number
            elif means is not None:
                found[means] = number
        return found

    def layers(self, active: Iterable[int]) -> tuple[NDArray[np.int32], list[Combo]]:
        """Layer of each seat (seats,), and the orders of each layer; layer 0 has none."""
        layer = np.zeros(self._seats, np.int32)
        combos: list[Combo] = [()]
        for number in active:
            members = self._members[number]
            old, place = np.unique(layer[members], return_inverse=True)
            layer[members] = len(combos) + place
            combos += [(*combos[code], number) for code in old.tolist()]
        return layer, combos

    def name_table(
        self, active: Iterable[int]
    ) -> tuple[FingerprintTable | None, NDArray[np.int32], list[frozenset[int]]]:
        """The names that active orders mean, and for each slot the set of orders that mean it."""
        own: dict[str, set[int]] = {}
        for number in active:
            for name in self.orders[number].names:
                own.setdefault(name, set()).add(number)
        targets: dict[frozenset[int], int] = {frozenset(): 0}
        if not own:
            return None, np.zeros(0, np.int32), list(targets)
        folded = [frozenset().union(*_above(name, own)) for name in own]
        numbers = np.array([targets.setdefault(one, len(targets)) for one in folded], np.int32)
        print_ = self._catalogue.hasher.whole(Wires.pack([to_wire(name) for name in own]))
        distinct, first = np.unique(print_, return_index=True)
        return FingerprintTable.build(distinct), numbers[first], list(targets)


class InForce:
    """The orders of one stretch of time, ready for batches."""

    def __init__(self, orders: Orders, active: Sequence[int]) -> None:
        self._orders = orders
        self.layer, self._combos = orders.layers(active)
        self.names, self._targets, self._meant = orders.name_table(active)
        wide = [tuple(n for n in combo if _is_wide(orders.orders[n])) for combo in self._combos]
        places = {combo: place for place, combo in enumerate(dict.fromkeys(wide))}
        self.group = np.array([places[combo] for combo in wide], np.intp)
        self.by_set = np.stack([orders.row(combo) for combo in places])
        self._known: dict[tuple[int, int, int], int] = {}

    def choose(
        self, suffixes: Suffixes, seat: NDArray[np.integer], set_id: NDArray[np.uint32]
    ) -> Choice | None:
        """Which order speaks for which row; None when nobody of the batch has any."""
        layer = self.layer.take(seat)
        rows = np.flatnonzero(layer)
        if not len(rows):
            return None
        chosen = self.by_set[self.group.take(layer[rows]), set_id[rows]].astype(np.intp)
        named = self._named(suffixes, len(seat))
        if named is not None:
            for place in np.flatnonzero(named[rows]).tolist():
                row = rows[place]
                chosen[place] = self._pick(int(layer[row]), int(named[row]), int(set_id[row]))
        return Choice(rows, chosen)

    def layer_of(self, seat: NDArray[np.integer]) -> NDArray[np.int32]:
        """The layer of each seat (n,): for one layer the same orders hold; 0 has none."""
        return self.layer.take(seat)

    def choose_one(self, fingerprints: Sequence[int], seat: int, set_id: int) -> int:
        """The same for one name: ``fingerprints`` of its suffixes, the longest first."""
        layer = int(self.layer[seat])
        if not layer:
            return -1
        target = 0
        if self.names is not None:
            slots = (self.names.slot(one) for one in fingerprints)
            target = next((int(self._targets[slot]) for slot in slots if slot >= 0), 0)
        return self._pick(layer, target, set_id)

    def _named(self, suffixes: Suffixes, count: int) -> NDArray[np.int32] | None:
        """For each row, which set of orders means its longest suffix that any of them names."""
        if self.names is None:
            return None
        probe, slot = self.names.find(suffixes.fingerprint)
        if not len(probe):
            return None
        named = np.zeros(count, np.int32)
        # From the shortest suffix to the longest: the last assignment stays.
        named[suffixes.row.take(probe[::-1])] = self._targets.take(slot[::-1])
        return named

    def _pick(self, layer: int, target: int, set_id: int) -> int:
        key = layer, target, set_id
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 100_000:
                self._known.clear()
            meant = self._meant[target]
            found = next(
                (n for n in self._combos[layer] if self._speaks(n, n in meant, set_id)), -1
            )
            self._known[key] = found
        return found

    def _speaks(self, number: int, is_named: bool, set_id: int) -> bool:
        means = is_named or self._orders.means_set(number, set_id)
        return means != self._orders.orders[number].all_but


def _is_wide(order: Order) -> bool:
    """Whether it can mean a name that it does not name."""
    return order.all_but or bool(order.categories)


def _above(name: str, own: Mapping[str, set[int]]) -> Iterable[set[int]]:
    """The orders of the name and of every name above it."""
    while name:
        yield own.get(name, set())
        name = name.partition(".")[2]
