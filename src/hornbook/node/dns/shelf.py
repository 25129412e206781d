"""Answers that are the same for everybody of one profile, laid out as columns.

What the cache holds, and what a rewrite makes of it, is written once for each question, verdict,
profile and kind of client, with everything that its reply has behind the question. Whoever asks
next is answered as quickly as for a blocked name (``hot.py``), and ``sendmmsg`` takes each reply
from where it lies. Only what is not here yet is looked up one by one (``desk.py``).

A shelf belongs to the one thread that sends from it, so it needs no lock. It holds for one
catalogue, rulebook and time slot, and is emptied when another comes in force; seats may change.
Places are found like lines of a processor's cache: four places a bucket, the least of use goes.

A key has 64 bits, made with the catalogue's seed, which nobody outside knows: a question meets
another's answer with a probability of ``places used / 2**64``, below 2**-49.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbook.node.dns import wire
from hornbook.node.dns.cache import Cache, Entry, Key, key_of
from hornbook.node.dns.columns import I64, U8, U64
from hornbook.node.dns.tails import Answers
from hornbook.node.dns.world import World

PLACES = 1 << 15  # questions times profiles; 16 MB when all are used
WAYS = 4
WIDTH = 512  # octets behind the question; longer answers are rare and made one by one
TTLS = 24  # records of one answer
_EMPTY = 0


class Shelved(NamedTuple):
    """The columns of a shelf. ``key & mask`` is a bucket.

    ``tick`` says for which second and limit an answer's TTLs are set. There are ``ttls`` of them.
    They were ``ttl`` seconds when the answer was ``stored``, and stand at ``ttl_at`` of ``octets``.
    """

    answers: Answers
    keys: U64
    expires: NDArray[np.float64]
    renew_at: NDArray[np.float64]
    tick: I64
    used: NDArray[np.float64]
    ttls: U8
    ttl_at: I64
    ttl: I64
    stored: I64
    octets: U8
    mask: np.uint64


class Shelf:
    """``columns`` are read, and aged, by compiled code (``hot.py``)."""

    def __init__(self, cache: Cache, places: int = PLACES) -> None:
        self._cache = cache
        self._entries: list[Entry | None] = [None] * places
        self._questions: list[Key | None] = [None] * places
        self._holds_for: tuple[str, str, int] | None = None
        octets: U8 = np.zeros(places * WIDTH, np.uint8)
        begins = np.arange(places, dtype=np.uint64) * np.uint64(WIDTH)
        self.columns = Shelved(
            Answers(
                np.zeros(places, np.uint64),
                np.zeros(places, np.uint32),
                begins + np.uint64(octets.ctypes.data),
                np.zeros(places, np.uint64),
            ),
            keys=np.zeros(places, np.uint64),
            expires=np.zeros(places),
            renew_at=np.full(places, np.inf),
            tick=np.zeros(places, np.int64),
            used=np.zeros(places),
            ttls=np.zeros(places, np.uint8),
            ttl_at=np.zeros((places, TTLS), np.int64),
            ttl=np.zeros((places, TTLS), np.int64),
            stored=np.zeros(places, np.int64),
            octets=octets,
            mask=np.uint64(places // WAYS - 1),
        )
        cache.before_room.append(self.tell_cache)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.columns.keys))

    def hold_for(self, world: World, slot: int) -> None:
        """Forget everything when rules or time are others than before."""
        catalogue, rulebook, _ = world.hashes
        if self._holds_for != (catalogue, rulebook, slot):
            self._holds_for = (catalogue, rulebook, slot)
            self.columns.keys.fill(_EMPTY)
            self.columns.expires.fill(0)

    def put(self, key: np.uint64, query: wire.Query, entry: Entry) -> None:
        """Lay an answer out for the next who asks the same."""
        tail = entry.body + entry.opt(query)
        if len(tail) > WIDTH or len(entry.ttls) > TTLS or not key:
            return
        place = self._choose(key)
        self._lay(place, tail, entry.head(query))
        columns, count, begin = self.columns, len(entry.ttls), place * WIDTH
        columns.ttls[place] = count
        columns.ttl_at[place, :count] = [begin + at for at, _ in entry.ttls]
        columns.ttl[place, :count] = [ttl for _, ttl in entry.ttls]
        columns.stored[place] = int(entry.stored)
        columns.expires[place] = entry.expires
        columns.renew_at[place] = entry.renew_at
        columns.used[place] = columns.tick[place] = 0
        self._entries[place], self._questions[place] = entry, key_of(query)
        columns.keys[place] = key

    def _lay(self, place: int, tail: bytes, head: bytes) -> None:
        answers, begin = self.columns.answers, place * WIDTH
        self.columns.octets[begin : begin + len(tail)] = np.frombuffer(tail, np.uint8)
        words = np.frombuffer(b"\0\0" + head[2:], np.uint8)
        answers.first[place] = words[:8].view(np.uint64)[0]
        answers.counts[place] = words[8:12].view(np.uint32)[0]
        answers.length[place] = len(tail)

    def _choose(self, key: np.uint64) -> int:
        """The place of that key, else the one of its bucket that ends first."""
        begin = int(key & self.columns.mask) * WAYS
        bucket = slice(begin, begin + WAYS)
        same = self.columns.keys[bucket] == key
        if same.any():
            return begin + int(same.argmax())
        return begin + int(self.columns.expires[bucket].argmin())

    def renew(self, places: I64) -> None:
        """Have answers that are still asked for and will soon end be fetched anew, once."""
        now = time.monotonic()
        for place in set(places.tolist()):
            self.columns.renew_at[place] = np.inf
            question = self._questions[place]
            if question is not None:
                self._cache.get(question, now)

    def tell_cache(self) -> None:
        """When the answers here were used last; asked by the forwarder's thread."""
        used = self.columns.used
        for place in np.flatnonzero(used).tolist():
            entry = self._entries[place]
            if entry is not None:
                entry.used = max(entry.used, float(used[place]))


def tick_of(now: float, limit: int) -> int:
    """The mark of a second and a limit of TTLs. Also compiled."""
    return int(now) << 16 | limit
