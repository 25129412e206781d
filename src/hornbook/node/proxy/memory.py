"""What Envoy may remember of an answer, and the rows of what it then says by itself.

An answer holds for the second in which it was judged, as everything here does (``dns/world.py``):
no schedule edge lies inside a second, and a changed seat or rule is in force when it is over. When
other parts come into force earlier, the next answer says so and Envoy forgets all. For each
request that is answered from memory Envoy sends the mark of the answer here, in a log of its own
(OTLP/HTTP) or with its next question, and the request gets its row. Of a burst of more than four in
one second up to 15 rows wait for that next question.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hornbook.node.dns.desk import Row
from hornbook.node.dns.rows import Judged
from hornbook.node.envoy.protobuf import inside

PATH = b"/rows"
KEPT = 900.0  # seconds that a mark is known: Envoy tells of a request when it ends
MAX_MARKS = 50_000
# ExportLogsServiceRequest: resource_logs, scope_logs, log_records, body, string_value
_BODY = (1, 2, 2, 5, 1)


class Memory:
    """The marks given out. ``unknown`` counts what Envoy told of one that is not known any more."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, tuple[float, Row]] = OrderedDict()
        self._numbers = itertools.count()
        self._generation = 0
        self.unknown = 0

    def forget(self) -> None:
        """Other parts are in force: nothing that Envoy remembers holds any more."""
        self._generation += 1

    def mark(self, row: Row, now: float) -> bytes:
        """The line in front of an answer that may be given again until this second is over."""
        mark = f"{next(self._numbers):x}"
        self._rows[mark] = (now, row)
        self._drop(now)
        return f"keep {int(now)} {self._generation} {mark}\n".encode()

    def logged(self, message: bytes) -> Iterator[Judged]:
        """The rows of one log of Envoy. Raises ValueError for what is none."""
        told = (body.strip(b"-").decode("ascii") for body in inside(message, *_BODY))
        return self.rows(" ".join(told))

    def rows(self, told: str) -> Iterator[Judged]:
        """What Envoy has answered from memory (``mark:count mark:count …``), as rows of now."""
        counts: Counter[str] = Counter()
        for one in told.split():
            mark, _, times = one.partition(":")
            counts[mark] += int(times)
        now = time.time()
        for mark, count in counts.items():
            known = self._rows.get(mark)
            if known is None:
                self.unknown += count
            else:
                yield again(known[1], count, now)

    def _drop(self, now: float) -> None:
        while self._rows:
            at, _ = next(iter(self._rows.values()))
            if now - at <= KEPT and len(self._rows) <= MAX_MARKS:
                break
            self._rows.popitem(last=False)


def again(row: Row, count: int, now: float) -> Judged:
    """``count`` requests like that one, which were answered like it."""
    batch, place = row.batch, row.place
    begin = int(batch.length[:place].sum())
    name = batch.octets[begin : begin + int(batch.length[place])]
    one = slice(place, place + 1)
    return replace(
        batch,
        at=int(now * 1e6),
        octets=np.tile(name, count),
        length=batch.length[one].repeat(count),
        verdict=batch.verdict[one].repeat(count),
        set_id=batch.set_id[one].repeat(count),
        seat=batch.seat[one].repeat(count),
        clients=batch.clients[one].repeat(count, axis=0),
        qtype=batch.qtype[one].repeat(count),
        path=batch.path[one] * count,
        note=batch.note[one] * count,
    )
