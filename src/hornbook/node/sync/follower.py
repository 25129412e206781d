"""Keep one part store in step with a source: fetch what is not here, verify, put in force."""

from __future__ import annotations

from contextlib import closing

from hornbook.node.partstore import Current, PartStore
from hornbook.node.sync.sources import Source

KEPT = 5  # publications, so that a verdict of yesterday can still be explained


class Follower:
    """``told`` is what the source said last, ``pulled`` the octets of parts fetched so far."""

    def __init__(self, store: PartStore, source: Source) -> None:
        self.store = store
        self.source = source
        self.told: Current | None = None
        self.pulled = 0
        self._proved: object = None

    @property
    def in_step(self) -> bool:
        """Whether the publication in force here is the one in force there, as far as is known."""
        return self.told is not None and self.store.current() == self.told

    def look(self) -> bool:
        """Ask once; True when another publication came in force.

        Raises SourceError, OSError, NotThatPart, BadPart or Mismatch; then the parts in force
        stay, and parts that did arrive whole are not fetched again.
        """
        self.told = self.source.current() or self.told
        if self.told is None or self._in_force(self.told):
            return False
        for part in dict.fromkeys(self.told.hashes):
            self._bring(part)
            base = self.store.base_of(part)
            if base:  # a catalogue that is a small change to another one
                self._bring(base)
        changed = not self.in_step
        if changed:
            self.store.follow(self.told)
            self.store.prune(KEPT)
        self._proved = self._stamps(self.told)
        return changed

    def _bring(self, part: str) -> None:
        if not self.store.sound(part):
            with closing(self.source.part(part)) as pieces:
                self.pulled += self.store.adopt(part, pieces)

    def _in_force(self, told: Current) -> bool:
        """In step, and the three files are those that were last proved whole."""
        return self.in_step and self._proved == self._stamps(told)

    def _stamps(self, told: Current) -> list[tuple[int, int, int] | None]:
        return [self.store.stamp(part) for part in self.store.with_bases(told.hashes)]
