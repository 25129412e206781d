"""Ways around the filter that a request itself shows: a bare address, a port that is not the web's.

They get what a name in a list of such ways would get (categories ``proxy-bypass`` and ``doh``):
the same rule, the same clause, the same people who may lift it. Where no list of these
categories is in force, no rule can be cited, and they are judged like a name in no list.
"""

from __future__ import annotations

from hornbook.kernel.judge import Kernel, Now

CATEGORIES = frozenset({"proxy-bypass", "doh"})


class Bypass:
    """The verdict on ways around, for one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        held = {n: set(kernel.catalogue.categories(n)) for n in range(kernel.catalogue.set_count)}
        #: Sets of nothing but such ways.
        self.sets = sorted(n for n, found in held.items() if found and found <= CATEGORIES)

    def judge(self, seat: int, now: Now) -> tuple[int, int] | None:
        """(verdict, set) where a rule or an order blocks ways around for that seat now."""
        for set_id in self.sets or [0]:
            found = self._kernel.judge_set(set_id, seat, now).verdict
            if self._kernel.verdict(found).action == "block":
                return found, set_id
        return None
