"""The judgement itself: catalogue, rulebook and seating together, one gather a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import Catalogue, Match
from hornbook.kernel.orders import Choice, InForce, Order, Orders
from hornbook.kernel.paths import Address
from hornbook.kernel.rulebook import Rulebook, Verdict
from hornbook.kernel.seating import Seating
from hornbook.kernel.wires import Wires

BLOCKS, _LIFTS, _OPENS = range(3)  # what an order does
PROTECTED = "protected"


class Mismatch(ValueError):
    """These three parts do not belong together."""


@dataclass(slots=True)
class Judgement:
    """``verdict`` uint16 (place in :attr:`Kernel.verdicts`), ``set_id`` uint32, ``start`` int16.

    All (n,). ``start`` is where the longest listed suffix begins in the wire name, -1 for none.
    """

    verdict: NDArray[np.uint16]
    set_id: NDArray[np.uint32]
    start: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Now:
    """What holds from ``since`` until ``until`` (Unix time): time slot, seats and orders.

    At ``until`` something may change for somebody: an answer must not outlive it.
    """

    slot: int
    since: float
    until: float
    seats: NDArray[np.int32] | None = None
    orders: InForce | None = None

    def present(self, seat: NDArray[np.int32]) -> NDArray[np.int32]:
        """The seats (n,) that these seats of the seating part are now."""
        return seat if self.seats is None else self.seats.take(seat)

    def present_one(self, seat: int) -> int:
        return seat if self.seats is None else int(self.seats[seat])


@dataclass(slots=True)
class One:
    """The judgement of one name. ``order`` is the place of the order that spoke, -1 for none.

    ``ruled`` is the verdict of the rules alone; ``suffixes`` are (start, fingerprint), the
    longest first, and ``sets`` are what each is listed as, -1 for not at all.
    """

    verdict: int
    set_id: int
    start: int
    ruled: int
    order: int
    suffixes: list[tuple[int, int]]
    sets: list[int]


class Kernel:
    """Three parts that fit together. Raises :class:`Mismatch` where they do not."""

    def __init__(self, catalogue: Catalogue, rulebook: Rulebook, seating: Seating) -> None:
        self.catalogue = catalogue
        self.rulebook = rulebook
        self.seating = seating
        self._check()
        places = {key: place for place, key in enumerate(rulebook.profiles)}
        self.has_rewrites = bool(rulebook.rewrites)
        #: For each seat, the place of its profile in the rulebook, intp (seats,).
        self.profile_of_seat = np.array([places[seat.profile] for seat in seating.seats], np.intp)
        #: Those of the rulebook, then one for each order of the seating, in their order.
        self.verdicts: tuple[Verdict, ...] = (
            *rulebook.verdicts,
            *(order.verdict for order in seating.orders),
        )
        self._orders = Orders(seating.orders, seating.members, len(seating.seats), catalogue)
        self.does: NDArray[np.intp] = np.array([_does(order) for order in seating.orders], np.intp)
        self.gives_way = np.array(
            [[_gives_way(verdict, does) for verdict in rulebook.verdicts] for does in range(3)]
        )
        self._edges = sorted({*self._orders.edges, *seating.edges})
        self._now = Now(0, 0.0, 0.0)

    @property
    def hashes(self) -> tuple[str, str, str]:
        """Catalogue, rulebook and seating, as a decision records them."""
        return self.catalogue.hash, self.rulebook.hash, self.seating.hash

    def at(self, now: float) -> Now:
        """What holds at that Unix time. Worked out once for each stretch."""
        held = self._now
        if not held.since <= now < held.until:
            self._now = held = self._make_now(now)
        return held

    def _make_now(self, now: float) -> Now:
        slot, until = self.rulebook.timetable.at(now)
        place = int(np.searchsorted(self._edges, now, "right")) if self._edges else 0
        if place < len(self._edges):
            until = min(until, float(self._edges[place]))
        return Now(slot, now, until, self.seating.present(now), self._orders.at(now))

    def judge(
        self,
        wires: Wires,
        seat: NDArray[np.integer],
        when: Now | int | NDArray[np.integer],
    ) -> Judgement:
        """One verdict a name: ``seat`` (n,) as they are now, ``when`` for all.

        With a bare slot (one number, or (n,)) the rules alone are read, and no orders. Nothing
        is copied where ``wires`` is a view with known label starts.
        """
        suffixes = self.catalogue.hasher.suffixes(wires)
        match = self.catalogue.match(suffixes, len(wires))
        slot = when.slot if isinstance(when, Now) else when
        profile = self.profile_of_seat.take(seat)
        verdict = self._ruled(match, profile, slot)
        if isinstance(when, Now) and when.orders:
            chosen = when.orders.choose(suffixes, seat, match.set_id)
            if chosen:
                self._obey(chosen, verdict, match, profile, when.slot)
        return Judgement(verdict, match.set_id, match.start)

    def judge_profiles(
        self,
        wires: Wires,
        profile: NDArray[np.intp],
        slot: int | NDArray[np.integer],
    ) -> Judgement:
        """By the rules alone, for places in the rulebook's profiles instead of seats."""
        match = self.catalogue.lookup(wires)
        return Judgement(self._ruled(match, profile, slot), match.set_id, match.start)

    def _ruled(
        self, match: Match, profile: NDArray[np.intp], slot: int | NDArray[np.integer]
    ) -> NDArray[np.uint16]:
        matrix = self.rulebook.matrix
        profiles, sets = matrix.shape[1:]
        if isinstance(slot, np.ndarray):
            profile = profile + slot.astype(np.intp) * profiles
            plane = matrix.ravel()
        else:
            plane = matrix[slot].ravel()
        place = profile * sets
        place += match.set_id
        verdict: NDArray[np.uint16] = plane.take(place)
        if self.has_rewrites:  # they are for single hosts, not for the names below
            below = match.start > 0
            if below.any():
                verdict[below] = self.rulebook.beneath.take(verdict[below])
        return verdict

    def _obey(
        self,
        chosen: Choice,
        verdict: NDArray[np.uint16],
        match: Match,
        profile: NDArray[np.intp],
        slot: int,
    ) -> None:
        """Replace the verdicts that give way to the orders which were chosen, in place."""
        spoke = chosen.order >= 0
        rows, order = chosen.rows[spoke], chosen.order[spoke]
        does = self.does.take(order)
        stronger = self.gives_way[does, verdict[rows]]
        rows, order, does = rows[stronger], order[stronger], does[stronger]
        verdict[rows] = order + len(self.rulebook.verdicts)
        if self.has_rewrites:  # what is opened may still be answered otherwise
            for row in rows[does != BLOCKS].tolist():
                found = self._opened(slot, int(profile[row]), int(match.set_id[row]))
                if found is not None and match.start[row] == 0:
                    verdict[row] = found

    def judge_one(self, wire: bytes, seat: int, when: Now) -> One:
        """The same for one name and one seat as they are now, in a fraction of a batch's time."""
        profile = int(self.profile_of_seat[seat])
        found = self.judge_one_profile(wire, profile, when.slot)
        return self._obeyed(found, seat, profile, when)

    def judge_address(self, address: Address, seat: int, when: Now) -> tuple[One, str]:
        """What a whole address gets, and the listed path that decides; "" where its host does."""
        return self.longest_path(address, lambda wire: self.judge_one(wire, seat, when))

    def longest_path(self, address: Address, judge: Callable[[bytes], One]) -> tuple[One, str]:
        """The same by another judge of one name."""
        if self.catalogue.looks_deeper(address.site):
            found = judge(address.wire)
            path = address.matched(found.start)
            if path:
                return found, path
        return judge(address.host), ""

    def judge_set(self, set_id: int, seat: int, when: Now) -> One:
        """What a name in that set would get that no order names: for what has no name."""
        profile = int(self.profile_of_seat[seat])
        ruled = int(self.rulebook.matrix[when.slot, profile, set_id])
        return self._obeyed(One(ruled, set_id, -1, ruled, -1, [], []), seat, profile, when)

    def _obeyed(self, found: One, seat: int, profile: int, when: Now) -> One:
        if when.orders is None:
            return found
        prints = [fingerprint for _, fingerprint in found.suffixes]
        order = when.orders.choose_one(prints, seat, found.set_id)
        if order < 0 or not self.gives_way[self.does[order], found.ruled]:
            return found
        found.order = order
        found.verdict = len(self.rulebook.verdicts) + order
        if self.does[order] != BLOCKS and found.start == 0:
            opened = self._opened(when.slot, profile, found.set_id)
            found.verdict = found.verdict if opened is None else opened
        return found

    def judge_one_profile(self, wire: bytes, profile: int, slot: int) -> One:
        """By the rules alone, for a place in the rulebook's profiles."""
        suffixes = self.catalogue.hasher.of_one(wire)
        sets = self.catalogue.sets_of(suffixes)
        place = next((place for place, found in enumerate(sets) if found >= 0), None)
        set_id, start = (0, -1) if place is None else (sets[place], suffixes[place][0])
        ruled = int(self.rulebook.matrix[slot, profile, set_id])
        if start > 0:
            ruled = int(self.rulebook.beneath[ruled])
        return One(ruled, set_id, start, ruled, -1, suffixes, sets)

    def _opened(self, slot: int, profile: int, set_id: int) -> int | None:
        return self.rulebook.opened(slot, profile, set_id) if self.has_rewrites else None

    def verdict(self, number: int) -> Verdict:
        """The record behind a number of :attr:`Judgement.verdict`."""
        return self.verdicts[number]

    def order(self, number: int) -> Order | None:
        """The order behind a verdict's number, None where a rule or the default spoke."""
        place = number - len(self.rulebook.verdicts)
        return self.seating.orders[place] if place >= 0 else None

    def _check(self) -> None:
        if self.rulebook.catalogue_hash != self.catalogue.hash:
            raise Mismatch(
                f"rulebook {self.rulebook.hash[:12]}… was compiled for catalogue "
                f"{self.rulebook.catalogue_hash[:12]}…, not for {self.catalogue.hash[:12]}…"
            )
        if self.rulebook.matrix.shape[2] != self.catalogue.set_count:
            raise Mismatch("rulebook and catalogue do not have the same number of sets")
        check_seats(self.rulebook, self.seating)
        if len(self.rulebook.verdicts) + len(self.seating.orders) > 1 << 16:
            raise Mismatch("rules and orders have more than 65,536 verdicts together")


def _does(order: Order) -> int:
    if order.effect == "block":
        return BLOCKS
    return _LIFTS if order.lifts_locked else _OPENS


def _gives_way(verdict: Verdict, does: int) -> bool:
    """Whether what the rules say gives way to an order that does this.

    The protected set never does. What is open needs no opening. A locked rule gives way only
    to what lifts locked rules, and only where it says who may override it.
    """
    if verdict.basis == PROTECTED:
        return False
    if does == BLOCKS:
        return True
    if verdict.action != "block" or not verdict.locked:
        return verdict.action == "block"
    return does == _LIFTS and bool(verdict.override)


def check_seats(rulebook: Rulebook, seating: Seating) -> None:
    """Raises :class:`Mismatch` where a seat has a profile that the rulebook does not know."""
    unknown = {seat.profile for seat in seating.seats} - set(rulebook.profiles)
    if unknown:
        raise Mismatch(f"the rulebook has no profile {', '.join(sorted(unknown))}")
