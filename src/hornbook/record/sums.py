"""Sums of a compacted file: how many rows per quarter hour, and per name. Small, exact, whole.

Beside each file of the lake lies one of sums with two parts: rows per quarter hour, profile and
verdict, and rows per name and verdict. Pages that ask for totals read these in place of the
rows. They are counted from the rows as they were read back from the store, compared once more
after writing, hashed into the same line of the chain, and they die with the rows: no sum
outlives what it counts. ``verify_record`` counts them anew.

A quarter hour is the largest step of which every time zone's hours and days are made.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

QUARTER = 900  # seconds
_MICROS = QUARTER * 1_000_000
_WORD = pa.dictionary(pa.int32(), pa.utf8())
#: What can be asked of the sums by each part, beside ``at`` of the first.
VERDICT = ("site", "action", "clause", "category")
PARTS: dict[str, tuple[str, ...]] = {
    "quarter": ("profile", *VERDICT),
    "name": ("name", *VERDICT),
}
_WORDS = ("part", *VERDICT, "profile", "name")
SUMS: pa.Schema = pa.schema(
    [
        pa.field("at", pa.timestamp("us", "UTC"), nullable=False),
        *(pa.field(name, _WORD, nullable=False) for name in _WORDS),
        pa.field("n", pa.int64(), nullable=False),
    ],
    metadata={"hornbook.sums": "1"},
)
_DENSE = 1 << 24  # up to so many possible keys are counted in an array, more by sorting
_SORTING: Any = ["at", "part", "n"]
_AS_WORDS: Any = list(_WORDS)


def sums_path(file: str) -> str:
    """Where the sums of a file of the lake lie."""
    return f"{file.removesuffix('.parquet')}.sums"


def part_for(columns: Collection[str], width: int | None) -> str | None:
    """Which part answers for these columns, in steps of ``width`` seconds; None: only the rows."""
    wanted = set(columns)
    if wanted <= set(PARTS["quarter"]) and (width is None or width % QUARTER == 0):
        return "quarter"
    return "name" if width is None and wanted <= set(PARTS["name"]) else None


def sums_of(table: pa.Table) -> pa.Table:
    """The sums of rows of ``LAKE``, as ``SUMS``: quarters in order, then names in order."""
    table = table.unify_dictionaries().combine_chunks()
    parts = [_part(table, part, columns) for part, columns in PARTS.items()]
    return pa.concat_tables(parts)


def encode_sums(sums: pa.Table) -> bytes:
    """One row group a part, so that readers of one leave the other alone."""
    out = BytesIO()
    with pq.ParquetWriter(
        out,
        SUMS,
        compression="zstd",
        compression_level=3,
        use_dictionary=_AS_WORDS,
        column_encoding={"at": "DELTA_BINARY_PACKED", "n": "DELTA_BINARY_PACKED"},
        write_statistics=_SORTING,
        write_page_checksum=True,
    ) as writer:
        for part in PARTS:
            some = sums.filter(pc.equal(sums.column("part"), pa.scalar(part)))
            writer.write_table(some.unify_dictionaries().combine_chunks())
    return out.getvalue()


def decode_sums(body: bytes) -> pa.Table:
    """Raises ValueError (or pyarrow's kind of it) for what is no file of sums."""
    return pq.read_table(
        BytesIO(body), read_dictionary=list(_WORDS), page_checksum_verification=True
    ).cast(SUMS)


def same(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables of sums say the same, however their words are stored."""
    return bool(_plain(one).equals(_plain(other)))


def _plain(sums: pa.Table) -> pa.Table:
    plain = [f.with_type(pa.utf8()) if f.name in _WORDS else f for f in SUMS]
    return sums.cast(pa.schema(plain)).combine_chunks()


def _part(table: pa.Table, part: str, columns: Sequence[str]) -> pa.Table:
    codes, words = zip(*(_coded(table, name) for name in columns), strict=True)
    at = np.asarray(_one(table, "at").cast(pa.int64())) // _MICROS
    first = int(at.min()) if len(at) else 0
    step = at - first if part == "quarter" else np.zeros_like(at)
    sizes = [int(step.max()) + 1 if len(step) else 1, *map(len, words)]
    places, counts = _counted([step, *codes], sizes)
    found: dict[str, Any] = dict.fromkeys(_WORDS, "")
    found |= {
        name: pa.DictionaryArray.from_arrays(pa.array(place, pa.int32()), pa.array(word, pa.utf8()))
        for name, place, word in zip(columns, places[1:], words, strict=True)
    }
    start = (first + places[0]) * _MICROS if part == "quarter" else np.zeros_like(places[0])
    found |= {"at": pa.array(start).cast(SUMS.field("at").type), "part": part, "n": counts}
    whole = [_filled(found[field.name], field.type, len(counts)) for field in SUMS]
    return pa.Table.from_arrays(whole, schema=SUMS)


def _filled(values: Any, kind: pa.DataType, rows: int) -> pa.Array[Any]:
    """A column; one word stands for itself in every row."""
    if isinstance(values, str):
        return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([values]))
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _coded(table: pa.Table, name: str) -> tuple[NDArray[np.int64], list[str]]:
    """Each row's place among the words of the column, in order, and those."""
    column = _one(table, name)
    words = column.dictionary.to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    return rank.take(np.asarray(column.indices)), [words[place] for place in order] or [""]


def _counted(
    codes: Sequence[NDArray[np.int64]], sizes: Sequence[int]
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Distinct combinations in order, column by column, and how many rows have each."""
    if math.prod(sizes) >= 1 << 63:  # does not come about with a file of four million rows
        raise ValueError("more combinations of words than can be counted")
    key = codes[0].copy()
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        key *= size
        key += code
    if math.prod(sizes) <= _DENSE:
        counted = np.bincount(key, minlength=1)
        keys = np.flatnonzero(counted)
        counts = counted[keys]
    else:
        keys, counts = np.unique(key, return_counts=True)
    places = []
    for size in reversed(sizes):
        keys, place = np.divmod(keys, size)
        places.append(place)
    return places[::-1], counts.astype(np.int64)


def _one(table: pa.Table, name: str) -> Any:
    column: Any = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
