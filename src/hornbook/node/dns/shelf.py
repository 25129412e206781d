"""Answers that are the same for everybody of one profile, laid out as columns.

What the cache holds, and what a rewrite makes of it, is written once for each question, verdict,
profile and kind of client, with everything that its reply has behind the question. A batch then
finds its answers as it finds blocked names: fingerprints are gathered, and ``sendmmsg`` takes
each reply from where it lies. Only what is not here yet goes through Python one by one
(``desk.py``), and comes here for the next who asks.

A shelf belongs to the one thread that sends from it, so it needs no lock. It holds for one
catalogue, rulebook and time slot, and is emptied when another comes in force; seats may change.
Places are found like lines of a processor's cache: four places a bucket, the least of use goes.

A key has 64 bits, made with the catalogue's seed, which nobody outside knows: a question meets
another's answer with a probability of ``places used / 2**64``, below 2**-49.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.judge import Now
from hornbook.kernel.wires import Wires
from hornbook.node.dns import wire
from hornbook.node.dns.cache import MAX_TTL, Cache, Entry, Key, key_of
from hornbook.node.dns.columns import I64, U8, U32, U64, Bools, Plain
from hornbook.node.dns.world import Moment, World

PLACES = 1 << 15  # questions times profiles; 16 MB when all are used
WAYS = 4
WIDTH = 512  # octets behind the question; longer answers are rare and made one by one
TTLS = 24  # records of one answer
_EMPTY = 0
_MULTIPLY = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(32)
# Bits of what an answer depends on beside the name: profile from 0, and these; 24 for a profile.
_SHIFT_TYPE, _SHIFT_STATE, _SHIFT_VERDICT = np.uint64(24), np.uint64(40), np.uint64(48)
_FLAGS = np.uint8((wire.AD | wire.CD) & 0xFF)


@dataclass(slots=True)
class Found:
    """For n open rows: ``key`` uint64, ``place`` intp and ``hit`` bool, all (n,)."""

    key: U64
    place: NDArray[np.intp]
    hit: Bools


class Shelf:
    """``first``, ``counts``, ``address`` and ``length`` are columns as :class:`Tails` has them."""

    def __init__(self, cache: Cache, places: int = PLACES) -> None:
        self._cache = cache
        self._buckets = np.uint64(places // WAYS - 1)
        self._keys: U64 = np.zeros(places, np.uint64)
        self._by_bucket = self._keys.reshape(-1, WAYS)
        self._expires = np.zeros(places)
        self._renew_at = np.full(places, np.inf)
        self._tick: I64 = np.zeros(places, np.int64)
        self._stored: I64 = np.zeros(places, np.int64)
        self._entries: list[Entry | None] = [None] * places
        self._questions: list[Key | None] = [None] * places
        self._lay_out(places)
        self._holds_for: tuple[str, str, int] | None = None

    def _lay_out(self, places: int) -> None:
        """One row of octets a place, and one more that nobody sends, for TTLs that are not."""
        self._octets: U8 = np.zeros((places + 1) * WIDTH, np.uint8)
        rows = np.arange(places, dtype=np.uint64) * np.uint64(WIDTH)
        self.address: U64 = rows + np.uint64(self._octets.ctypes.data)
        self.length: U64 = np.zeros(places, np.uint64)
        self.first: U64 = np.zeros(places, np.uint64)
        self.counts: U32 = np.zeros(places, np.uint32)
        self._nowhere = places * WIDTH
        self._ttl_at: I64 = np.full((places, TTLS), self._nowhere)
        self._ttl: I64 = np.zeros((places, TTLS), np.int64)
        # Every place of the octets as a word that begins there, so that a TTL is one assignment.
        self._words = np.ndarray((len(self._octets) - 3,), ">u4", self._octets.data, 0, (1,))

    def __len__(self) -> int:
        return int(np.count_nonzero(self._keys))

    def hold_for(self, world: World, slot: int) -> None:
        """Forget everything when rules or time are others than before."""
        catalogue, rulebook, _ = world.hashes
        if self._holds_for != (catalogue, rulebook, slot):
            self._holds_for = (catalogue, rulebook, slot)
            self._keys.fill(_EMPTY)
            self._expires.fill(0)

    def find(
        self,
        world: World,
        wires: Wires,
        plain: Plain,
        flags: U8,
        who: U64,
        moment: Moment,
    ) -> Found:
        """The answers to questions, ready to be sent now.

        ``flags`` is octet 3 of each header, ``who`` is from :func:`who_asks`.
        """
        self.hold_for(world, moment.slot)
        key = _keys(world.kernel.catalogue.hasher.whole(wires), plain, flags, who)
        bucket = (key & self._buckets).view(np.int64)
        same = self._by_bucket.take(bucket, 0) == key[:, None]
        place: NDArray[np.intp] = same.argmax(1)
        place += bucket * WAYS
        now = time.monotonic()
        hit = (self._keys.take(place) == key) & (self._expires.take(place) > now)
        size = plain.end + self.length.take(place).view(np.int64)
        if size.max(initial=0) > wire.SMALLEST_UDP:
            hit &= size <= plain.limits()
        self._age(place[hit], now, min(MAX_TTL, moment.edge))
        return Found(key, place, hit)

    def put(self, key: np.uint64, query: wire.Query, entry: Entry) -> None:
        """Lay an answer out for the next who asks the same."""
        tail = entry.body + entry.opt(query)
        if len(tail) > WIDTH or len(entry.ttls) > TTLS or not key:
            return
        place = self._choose(key)
        begin = place * WIDTH
        self._octets[begin : begin + len(tail)] = np.frombuffer(tail, np.uint8)
        self.length[place] = len(tail)
        head = np.frombuffer(b"\0\0" + entry.head(query)[2:], np.uint8)
        self.first[place] = head[:8].view(np.uint64)[0]
        self.counts[place] = head[8:12].view(np.uint32)[0]
        self._ttl_at[place] = self._nowhere
        self._ttl_at[place, : len(entry.ttls)] = [begin + at for at, _ in entry.ttls]
        self._ttl[place, : len(entry.ttls)] = [ttl for _, ttl in entry.ttls]
        self._stored[place] = int(entry.stored)
        self._expires[place] = entry.expires
        self._renew_at[place] = entry.renew_at
        self._entries[place], self._questions[place] = entry, key_of(query)
        self._tick[place] = 0
        self._keys[place] = key

    def _choose(self, key: np.uint64) -> int:
        """The place of that key, else the one of its bucket that ends first."""
        begin = int(key & self._buckets) * WAYS
        bucket = slice(begin, begin + WAYS)
        same = self._keys[bucket] == key
        return begin + int(same.argmax() if same.any() else self._expires[bucket].argmin())

    def _age(self, used: NDArray[np.intp], now: float, limit: int) -> None:
        """Count TTLs down to this second, for the answers that it has not been done for."""
        tick = int(now) << 16 | limit
        old = used[self._tick.take(used) != tick]
        if not len(old):
            return
        self._tick[old] = tick
        left = self._ttl.take(old, 0) - (int(now) - self._stored.take(old))[:, None]
        self._words[self._ttl_at.take(old, 0)] = np.clip(left, 0, limit)
        for place in set(old.tolist()):
            self._tell_cache(place, now)

    def _tell_cache(self, place: int, now: float) -> None:
        """That an answer is still asked for; and have it fetched anew when it will soon end."""
        entry, question = self._entries[place], self._questions[place]
        if entry is None or question is None:
            return
        entry.used = now
        if self._renew_at[place] <= now:
            self._renew_at[place] = np.inf
            self._cache.get(question, now)


def who_asks(world: World, now: Now, verdict: NDArray[np.uint16], seat: NDArray[np.int32]) -> U64:
    """One word (n,) that is the same for those who get the same open answers.

    That is the profile and the verdict on the asked name; where orders hold for a seat (an
    exception, a lesson), also which ones, and since when that is so.
    """
    who: U64 = world.kernel.profile_of_seat.take(seat).view(np.uint64)
    who |= verdict.astype(np.uint64) << _SHIFT_VERDICT
    if now.orders is not None:
        layer = now.orders.layer_of(seat).astype(np.uint64)
        since = hash((world.hashes[2], now.since)) & 0xFFFFFFFFFFFF0000
        who ^= _mixed(layer ^ np.uint64(since)) * (layer != 0)
    return who


def _keys(name: U64, plain: Plain, flags: U8, who: U64) -> U64:
    """All that an answer depends on, in one word a row: name, type, EDNS, DO, AD, CD, who."""
    rest = plain.qtype.astype(np.uint64)
    rest <<= _SHIFT_TYPE
    rest |= (plain.state | flags & _FLAGS).astype(np.uint64) << _SHIFT_STATE
    rest ^= who
    rest = _mixed(rest)  # one to one; the name's fingerprint is as good as random
    rest ^= name
    return rest


def _mixed(word: U64) -> U64:
    """Other words for words, each its own; a new array."""
    word = word * _MULTIPLY
    word ^= word >> _FOLD
    return word
