"""Ways around the filter that a request itself shows: a bare address, a port that is not the web's,
another name inside a tunnel than outside, a question for another DNS service, a web proxy's forms.

They get what a name in a list of such ways would get (categories ``proxy-bypass`` and ``doh``):
the same rule, the same clause, the same people who may lift it. Where no list of these
categories is in force, no rule can be cited, and they are judged like a name in no list.
"""

from __future__ import annotations

from collections.abc import Collection

from hornbook.kernel.judge import Kernel, Now
from hornbook.node.proxy.around import shows_way_around
from hornbook.node.proxy.visit import Visit

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


def goes_around(visit: Visit, ports: Collection[int]) -> bool:
    """Whether the request shows a way around, whatever its name; ``ports`` are the web's."""
    target = visit.target
    odd = target.literal or target.port not in ports
    return odd or bool(visit.others) or shows_way_around(visit.asked)
