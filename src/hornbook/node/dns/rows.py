"""Judged batches as rows of the activity record, without a loop over rows.

What a verdict, a seat or a category set says is looked up once a world and then gathered by
number. Names become text by one pass over a matrix of octets: lower case, and a dot where a
label's length stood. Names with octets that text must escape are few and go one by one.
"""

from __future__ import annotations

import socket
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hornbook.kernel.names import from_wire
from hornbook.node.dns.columns import MAPPED
from hornbook.node.dns.unlisted import Scorer
from hornbook.node.dns.world import World
from hornbook.record.schema import ACTIVITY
from hornbook.record.scope import Scope, recordable

U16 = NDArray[np.uint16]
Codes = NDArray[np.int32]
NOT_SCORED = -1.0
PROTOCOLS = ("udp", "tcp", "doh", "dot", "proxy")

_PLAIN = b"abcdefghijklmnopqrstuvwxyz0123456789-_"  # what stands for itself in a name's text
_ODD = bytes(octet not in _PLAIN for octet in range(256))


@dataclass(frozen=True, slots=True)
class Judged:
    """One batch as it was judged, n rows, all asked in one slot in one world.

    ``at`` is Unix microseconds, of all or int64 (n,). ``clients`` are IPv4 addresses as numbers
    (n,) uint32, or IPv6 addresses (n, 16) uint8. ``octets`` uint8 are the names in wire form as
    they were sent, one behind the other, ``length`` int64 (n,) of each with its root octet.
    ``path`` and ``note`` are texts (n,), or () where no row has any.
    """

    world: World
    at: int | NDArray[np.int64]
    slot: int
    proto: int
    octets: NDArray[np.uint8]
    length: NDArray[np.int64]
    verdict: U16
    set_id: NDArray[np.uint32]
    seat: NDArray[np.int32]
    clients: NDArray[np.uint32] | NDArray[np.uint8]
    qtype: U16
    path: tuple[str, ...] = ()
    note: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.length)

    def moment(self, place: int) -> float:
        """When that row was judged, Unix seconds."""
        return float(self.at if isinstance(self.at, int) else self.at[place]) / 1e6


#: A question that was judged alone: world, slot, protocol, Unix µs, seat, the client's octets,
#: name in wire form, type, verdict, set.
Slip = tuple[World, int, int, int, int, bytes, bytes, int, int, int]


def gathered(slips: Iterable[Slip]) -> Iterator[Judged]:
    """Slips as batches: one for each run of the same world, slot, protocol and family."""
    for (world, slot, proto, _), run in groupby(slips, lambda slip: (*slip[:3], len(slip[5]))):
        _, _, _, at, seat, client, name, qtype, verdict, set_id = zip(*run, strict=True)
        yield Judged(
            world,
            np.array(at, np.int64),
            slot,
            proto,
            np.frombuffer(b"".join(name), np.uint8),
            np.array(list(map(len, name)), np.int64),
            np.array(verdict, np.uint16),
            np.array(set_id, np.uint32),
            np.array(seat, np.int32),
            unpacked(*client),
            np.array(qtype, np.uint16),
        )


def unpacked(*clients: bytes) -> NDArray[np.uint32] | NDArray[np.uint8]:
    """Addresses of one family as :class:`Judged` has them, from 4 or 16 octets each."""
    octets = b"".join(clients)
    if len(clients[0]) == 4:
        return np.frombuffer(octets, ">u4").astype(np.uint32)
    return np.frombuffer(octets, np.uint8).reshape(-1, 16)


class Scribe:
    """Makes rows for one node. Keeps what it looked up for as long as a world lives.

    What may be recorded is said by each world; ``scope`` is the node's own and can only leave out
    more.
    """

    def __init__(self, node: str, site: str, scope: Scope | None = None) -> None:
        self._scope = scope or Scope()
        self._site = site
        self._node = Words([node])
        self._proto = Words(PROTOCOLS)
        self._nothing = Words([""])
        self._scorer = Scorer()
        self._known: weakref.WeakKeyDictionary[World, _WorldWords] = weakref.WeakKeyDictionary()

    def rows(self, batches: Sequence[Judged]) -> Iterable[pa.RecordBatch]:
        """One RecordBatch for each run of batches of the same world and address family."""

        def alike(batch: Judged) -> tuple[int, int]:
            return id(batch.world), batch.clients.ndim

        for _, group in groupby(batches, alike):
            run = list(group)
            zone = run[0].world.kernel.rulebook.time_zone
            yield recordable(self._rows(run), zone, self._scope, run[0].world.recording)

    def _rows(self, run: list[Judged]) -> pa.RecordBatch:
        world = run[0].world
        words = self._known.get(world)
        if words is None:
            words = self._known[world] = _WorldWords(world, self._site)
        sizes = [len(batch) for batch in run]
        verdict = np.concatenate([batch.verdict for batch in run])
        seat = np.concatenate([batch.seat for batch in run])
        set_id = np.concatenate([batch.set_id for batch in run])
        each = words.columns(verdict, seat, set_id)
        rows = len(verdict)
        octets = np.concatenate([batch.octets for batch in run])
        length = np.concatenate([batch.length for batch in run])
        names = name_texts(octets, length)
        each |= self._look_of(names, octets, length, set_id)
        each["path"] = _said([b.path for b in run], sizes)
        notes = [b.note for b in run]
        said = any(notes)
        each["note"] = (
            _said(notes, sizes).dictionary_encode() if said else self._nothing.everywhere(rows)
        )
        each |= {
            "at": _moments(np.concatenate([np.broadcast_to(b.at, len(b)) for b in run])),
            "node": self._node.everywhere(rows),
            "proto": self._proto.at(np.repeat([batch.proto for batch in run], sizes)),
            "client": client_texts(np.concatenate([batch.clients for batch in run])),
            "name": names,
            "qtype": pa.array(np.concatenate([batch.qtype for batch in run])),
            "set_id": pa.array(set_id),
            "slot": pa.array(np.repeat([batch.slot for batch in run], sizes).astype(np.uint8)),
        }
        return pa.RecordBatch.from_arrays([each[name] for name in ACTIVITY.names], schema=ACTIVITY)

    def _look_of(
        self,
        names: pa.Array[Any],
        octets: NDArray[np.uint8],
        length: NDArray[np.int64],
        set_id: NDArray[np.uint32],
    ) -> dict[str, pa.Array[Any]]:
        """What the names in no list look like; nothing is said about the others."""
        unlisted = set_id == 0
        score = np.full(len(set_id), NOT_SCORED, np.float32)
        if unlisted.any():
            chosen = np.flatnonzero(unlisted)
            score[chosen] = self._scorer.scores(names, octets, length, chosen)
        return {"unseen": pa.array(score), "scorer": self._scored_by.at(unlisted.astype(np.intp))}

    @cached_property
    def _scored_by(self) -> Words:
        return Words(["", self._scorer.version])


def _said(texts: Sequence[tuple[str, ...]], sizes: Sequence[int]) -> pa.Array[Any]:
    """The texts of some batches; most have none."""
    if not any(texts):
        return pa.repeat(pa.scalar("", pa.utf8()), sum(sizes))
    pairs = zip(texts, sizes, strict=True)
    return pa.array([text for some, size in pairs for text in some or ("",) * size], pa.utf8())


class Words:
    """Texts by number, each distinct text once: a dictionary that rows are gathered from."""

    def __init__(self, texts: Sequence[str]) -> None:
        distinct = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        self._code: Codes = np.array([distinct[text] for text in texts], np.int32)
        self._dictionary = pa.array(list(distinct), pa.utf8())

    def everywhere(self, rows: int) -> pa.Array[Any]:
        """The first text, in every row."""
        return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), self._dictionary)

    def at(self, numbers: NDArray[np.intp]) -> pa.Array[Any]:
        return pa.DictionaryArray.from_arrays(self._code.take(numbers), self._dictionary)


class _WorldWords:
    """The columns that follow from verdict, seat, set and the parts themselves."""

    def __init__(self, world: World, site: str) -> None:
        kernel = world.kernel
        verdicts, seats = kernel.verdicts, kernel.seating.seats
        self._by_verdict = {
            name: Words([getattr(verdict, name) for verdict in verdicts])
            for name in ("action", "rule", "clause", "basis")
        }
        self._by_seat = {
            "person": Words([seat.person for seat in seats]),
            "profile": Words([seat.profile for seat in seats]),
            "site": Words([seat.site or site for seat in seats]),
        }
        names = ("catalogue", "rulebook", "seating")
        self._parts = {n: Words([part]) for n, part in zip(names, world.hashes, strict=True)}
        sets = [_first(kernel.catalogue.categories(n)) for n in range(kernel.catalogue.set_count)]
        decided = [verdict.category for verdict in verdicts]
        self._decided: NDArray[np.bool_] = np.array([bool(text) for text in decided])
        self._category = Words([*sets, *decided])
        self._sets = len(sets)

    def columns(
        self, verdict: U16, seat: NDArray[np.int32], set_id: NDArray[np.uint32]
    ) -> dict[str, pa.Array[Any]]:
        # As indices once, so that no column converts them again.
        spoke, sat = verdict.astype(np.intp), seat.astype(np.intp)
        category = np.where(self._decided.take(spoke), spoke + self._sets, set_id)
        return (
            {name: words.at(spoke) for name, words in self._by_verdict.items()}
            | {name: words.at(sat) for name, words in self._by_seat.items()}
            | {name: words.everywhere(len(sat)) for name, words in self._parts.items()}
            | {"category": self._category.at(category)}
        )


def _first(texts: tuple[str, ...]) -> str:
    return texts[0] if texts else ""


def _moments(microseconds: NDArray[np.int64]) -> pa.Array[Any]:
    return pa.array(microseconds.astype(np.int64)).view(pa.timestamp("us", "UTC"))


def name_texts(octets: NDArray[np.uint8], length: NDArray[np.int64]) -> pa.Array[Any]:
    """Names in text form, lower case, no trailing dot; ``.`` is the root.

    ``octets`` are whole wire names one behind the other, of ``length`` (n,) each.
    """
    ends = np.cumsum(length)
    begins = ends - length
    labels = _label_places(octets, begins, ends - 1)
    # bytes know lower case and tables of octets without making an index of each octet.
    text = np.frombuffer(bytearray(octets).lower(), np.uint8)
    text[labels] = text[ends - 1] = ord("a")  # plain, while the others are looked at
    odd = length < 2
    strange = text.tobytes()
    if strange.translate(None, _PLAIN):
        places = np.flatnonzero(np.frombuffer(strange.translate(_ODD), np.uint8))
        odd[np.searchsorted(ends, places, "right")] = True
    text[labels] = ord(".")
    kept = np.ones(len(text), np.bool_)
    kept[begins] = kept[ends - 1] = False
    if odd.any():
        text[np.repeat(odd, length)] = ord("x")  # they are written below
    offsets = np.concatenate(([0], np.cumsum(np.maximum(length - 2, 0)))).astype(np.int32)
    found: pa.Array[Any] = pa.StringArray.from_buffers(
        len(length), _buffer(offsets), _buffer(text[kept])
    )
    if odd.any():
        rows = np.flatnonzero(odd).tolist()
        slow = [from_wire(octets[begins[row] : ends[row]].tobytes().lower()) for row in rows]
        found = pc.replace_with_mask(found, pa.array(odd), pa.array(slow, pa.utf8()))
    return found


def _label_places(
    octets: NDArray[np.uint8], begins: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where the lengths of all labels stand, label by label for all names at once."""
    places: list[NDArray[np.int64]] = []
    at = begins
    while (ahead := at < last).any():
        at, last = at[ahead], last[ahead]
        places.append(at)
        at = at + octets.take(at) + 1
    return np.concatenate(places) if places else begins[:0]


def client_texts(clients: NDArray[np.uint32] | NDArray[np.uint8]) -> pa.Array[Any]:
    """Addresses as text; each distinct address is written once and then gathered.

    An IPv4-mapped one is written as what it is, an IPv4 address.
    """
    if clients.ndim == 1:
        return _distinct(
            pa.array(clients), lambda number: socket.inet_ntoa(number.to_bytes(4, "big"))
        )
    packed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(clients), [None, _buffer(np.ascontiguousarray(clients))]
    )
    return _distinct(packed, _text_of_16)


def _text_of_16(octets: bytes) -> str:
    if octets.startswith(MAPPED):
        return socket.inet_ntoa(octets[len(MAPPED) :])
    return socket.inet_ntop(socket.AF_INET6, octets)


def _distinct(values: pa.Array[Any], text: Callable[[Any], str]) -> pa.Array[Any]:
    encoded: Any = pc.dictionary_encode(values)
    texts = pa.array([text(value) for value in encoded.dictionary.to_pylist()], pa.utf8())
    return texts.take(encoded.indices)


def _buffer(array: NDArray[Any]) -> pa.Buffer:
    return pa.py_buffer(array.data)
