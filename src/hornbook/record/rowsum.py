"""A sum over rows that does not depend on their order: what a compaction must not change.

Each value becomes 64 bits (words by BLAKE2b, numbers by the finaliser of SplitMix64), each
column has its own odd factor, each row is mixed once more, and the rows are added modulo 2⁶⁴.
A row that is lost, doubled or altered changes the sum, but for a chance of 2⁻⁶⁴. It shows slips,
not attacks: against those stand the files' SHA-256 and the chain.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
_MASK = (1 << 64) - 1


class RowSum:
    """Sums rows; remembers each distinct word, for tables that share theirs."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def of(self, table: pa.Table) -> int:
        """The sum of all rows, 0 for none. Columns are known by name, so their order is free."""
        total = np.zeros(table.num_rows, np.uint64)
        for name in table.column_names:
            total += self._values(table.column(name)) * np.uint64(_word(name) | 1)
        return int(_mixed(total).sum(dtype=np.uint64))

    def _values(self, column: pa.ChunkedArray[Any]) -> U64:
        kind = column.type
        texts = pa.types.is_dictionary(kind) or pa.types.is_string(kind)
        parts = [self._words(one) if texts else _mixed(_bits(one)) for one in column.chunks]
        return np.concatenate(parts) if parts else np.zeros(0, np.uint64)

    def _words(self, chunk: pa.Array[Any]) -> U64:
        encoded: Any = chunk if pa.types.is_dictionary(chunk.type) else pc.dictionary_encode(chunk)
        known = self._known
        words = encoded.dictionary.to_pylist()
        known.update({text: _word(text) for text in words if text not in known})
        table = np.array([known[text] for text in words] or [0], np.uint64)
        return table.take(np.asarray(encoded.indices))


def added(*sums: int) -> int:
    return sum(sums) & _MASK


def as_hex(value: int) -> str:
    return f"{value:016x}"


def _bits(chunk: pa.Array[Any]) -> U64:
    """Numbers and times as they are, widened to 64 bits."""
    if pa.types.is_timestamp(chunk.type):
        chunk = chunk.cast(pa.int64())
    found = np.asarray(chunk)
    if found.dtype.kind == "f":
        found = found.view(f"u{found.dtype.itemsize}")
    return found.astype(np.uint64)


def _word(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _mixed(values: U64) -> U64:
    """The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable generators, 2014)."""
    out = values + np.uint64(0x9E3779B97F4A7C15)
    out ^= out >> np.uint64(30)
    out *= np.uint64(0xBF58476D1CE4E5B9)
    out ^= out >> np.uint64(27)
    out *= np.uint64(0x94D049BB133111EB)
    out ^= out >> np.uint64(31)
    return out
