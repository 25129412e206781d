"""Which tunnels are looked into: only where the rules in force say so, and never what is private.

A rule with the action *inspect* has the pages of its sites judged one by one. Whoever is under
such a rule has a device that trusts the district's authority, and only they are shown notices and
warnings inside HTTPS. Lists of the kind ``private`` (banks, health,
counsel, union) and the protected set are never decrypted, whatever a rule says.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.judge import PROTECTED, Kernel

LOOKS = ("inspect",)


class Depth:
    """The answer for one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        count = kernel.catalogue.set_count
        self._private = [
            any(source.kind == "private" for source in kernel.catalogue.sources_of(number))
            for number in range(count)
        ]
        rulebook = kernel.rulebook
        self._looks: NDArray[np.bool_] = np.array(
            [self._says(number) in LOOKS for number in range(len(rulebook.verdicts))]
        )
        #: For each profile whether any rule looks into anything, bool (profiles,).
        self._trusted: NDArray[np.bool_] = np.any(self._looks[rulebook.matrix], axis=(0, 2))

    def action(self, verdict: int) -> str:
        """What holds for a tunnel: for a rewrite, what lies beneath it."""
        if verdict >= len(self._kernel.rulebook.verdicts):  # an order
            return self._kernel.verdict(verdict).action
        return self._says(verdict)

    def into(self, verdict: int, set_id: int, seat: int) -> bool:
        """Whether a tunnel with that verdict is looked into, for a seat as it is now."""
        if self._private[set_id] or self._kernel.verdict(verdict).basis == PROTECTED:
            return False
        action = self.action(verdict)
        return action in LOOKS or (self._says_why(verdict) and self.has_trust(seat))

    def _says_why(self, verdict: int) -> bool:
        """Whether there is something to say inside: a refusal, or a warning."""
        found = self._kernel.verdict(verdict)
        terms = self._kernel.rulebook.terms_of(found)
        return terms is not None or self.action(verdict) == "block"

    def has_trust(self, seat: int) -> bool:
        """Whether devices of such people must trust the authority already."""
        return bool(self._trusted[self._kernel.profile_of_seat[seat]])

    def _says(self, number: int) -> str:
        rulebook = self._kernel.rulebook
        verdict = rulebook.verdicts[number]
        if verdict.action == "rewrite":
            return rulebook.verdicts[int(rulebook.beneath[number])].action
        return verdict.action
