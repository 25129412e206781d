"""From what was seen to what holds: a category gets what a name in its lists would get.

The same rule, the same clause, the same people who may lift it. Where no list of a category is in
force no rule can be cited, and nothing is closed.
"""

from __future__ import annotations

from collections.abc import Iterable

from hornbook.kernel.judge import Kernel, Now


class Categories:
    """The sets that stand for one category alone, for one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._sets: dict[str, list[int]] = {}
        for number in range(kernel.catalogue.set_count):
            held = set(kernel.catalogue.categories(number))
            if len(held) == 1:
                self._sets.setdefault(held.pop(), []).append(number)

    def closed(self, categories: Iterable[str], seat: int, now: Now) -> tuple[int, int] | None:
        """(verdict, set) of the first category that is closed for that seat now."""
        for category in categories:
            for set_id in self._sets.get(category, ()):
                found = self._kernel.judge_set(set_id, seat, now).verdict
                if self._kernel.verdict(found).action == "block":
                    return found, set_id
        return None
