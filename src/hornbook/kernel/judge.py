"""The judgement itself: catalogue, rulebook and seating together, one gather a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.rulebook import Rulebook, Verdict
from hornbook.kernel.seating import Seating
from hornbook.kernel.wires import Wires


class Mismatch(ValueError):
    """These three parts do not belong together."""


@dataclass(slots=True)
class Judgement:
    """``verdict`` uint16 (place in the rulebook's verdicts), ``set_id`` uint32, ``start`` int16.

    All (n,). ``start`` is where the longest listed suffix begins in the wire name, -1 for none.
    """

    verdict: NDArray[np.uint16]
    set_id: NDArray[np.uint32]
    start: NDArray[np.int16]


class Kernel:
    """Three parts that fit together. Raises :class:`Mismatch` where they do not."""

    def __init__(self, catalogue: Catalogue, rulebook: Rulebook, seating: Seating) -> None:
        self.catalogue = catalogue
        self.rulebook = rulebook
        self.seating = seating
        self._check()
        places = {key: place for place, key in enumerate(rulebook.profiles)}
        self._has_rewrites = bool(rulebook.rewrites)
        #: For each seat, the place of its profile in the rulebook, intp (seats,).
        self.profile_of_seat = np.array([places[seat.profile] for seat in seating.seats], np.intp)

    @property
    def hashes(self) -> tuple[str, str, str]:
        """Catalogue, rulebook and seating, as a decision records them."""
        return self.catalogue.hash, self.rulebook.hash, self.seating.hash

    def judge(
        self, wires: Wires, seat: NDArray[np.integer], slot: int | NDArray[np.integer]
    ) -> Judgement:
        """One verdict a name: ``seat`` (n,), ``slot`` one number for all or (n,).

        Nothing is copied where ``wires`` is a view with known label starts.
        """
        return self.judge_profiles(wires, self.profile_of_seat.take(seat), slot)

    def judge_profiles(
        self,
        wires: Wires,
        profile: NDArray[np.intp],
        slot: int | NDArray[np.integer],
    ) -> Judgement:
        """The same for places in the rulebook's profiles instead of seats."""
        match = self.catalogue.lookup(wires)
        matrix = self.rulebook.matrix
        profiles, sets = matrix.shape[1:]
        if isinstance(slot, np.ndarray):
            profile = profile + slot.astype(np.intp) * profiles
            plane = matrix.ravel()
        else:
            plane = matrix[slot].ravel()
        place = profile * sets
        place += match.set_id
        verdict = plane.take(place)
        if self._has_rewrites:  # they are for single hosts, not for the names below
            below = match.start > 0
            if below.any():
                verdict[below] = self.rulebook.beneath.take(verdict[below])
        return Judgement(verdict, match.set_id, match.start)

    def verdict(self, number: int) -> Verdict:
        """The record behind a number of :attr:`Judgement.verdict`."""
        return self.rulebook.verdicts[number]

    def _check(self) -> None:
        if self.rulebook.catalogue_hash != self.catalogue.hash:
            raise Mismatch(
                f"rulebook {self.rulebook.hash[:12]}… was compiled for catalogue "
                f"{self.rulebook.catalogue_hash[:12]}…, not for {self.catalogue.hash[:12]}…"
            )
        if self.rulebook.matrix.shape[2] != self.catalogue.set_count:
            raise Mismatch("rulebook and catalogue do not have the same number of sets")
        check_seats(self.rulebook, self.seating)


def check_seats(rulebook: Rulebook, seating: Seating) -> None:
    """Raises :class:`Mismatch` where a seat has a profile that the rulebook does not know."""
    unknown = {seat.profile for seat in seating.seats} - set(rulebook.profiles)
    if unknown:
        raise Mismatch(f"the rulebook has no profile {', '.join(sorted(unknown))}")
