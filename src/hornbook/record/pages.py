"""The files of the compacted lake: rows of one day and site, sorted by person and time.

Sorted so, a person's day is a few pages, and everything that depends on the person costs almost
nothing to store. Row groups of 2¹⁸ rows have statistics, page indexes and checksums; Bloom
filters for ``person`` and ``name`` tell which of them need not be opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hornbook.record.changes import File
from hornbook.record.schema import ACTIVITY, ADDED, VERSION, columns_of

ROW_GROUP = 1 << 18
_TEXTS = ("client", "name")
_WORD = pa.dictionary(pa.int32(), pa.utf8())
_DAY = 86_400_000_000  # microseconds
_FEW_VALUES: Any = [name for name in ACTIVITY.names if name != "at"]
_BLOOMED = ("person", "name")
_MARKS = {b"hornbook.activity": str(VERSION).encode(), b"hornbook.sorted": b"person, at"}
_SORTED = [pq.SortingColumn(ACTIVITY.names.index(name)) for name in ("person", "at")]
#: The columns of the record, texts as dictionaries too.
LAKE: pa.Schema = pa.schema(
    [field.with_type(_WORD) if field.name in _TEXTS else field for field in ACTIVITY]
)


def decode(body: bytes) -> pa.Table:
    """The rows of a file of any version, as ``LAKE``. Raises ValueError where it is none."""
    table = pq.read_table(
        BytesIO(body), read_dictionary=list(_TEXTS), page_checksum_verification=True
    )
    if not any(table.column_names == columns_of(n) for n in range(1, VERSION + 1)):
        raise ValueError(f"its columns are {table.column_names}")
    for name in ACTIVITY.names[table.num_columns :]:
        table = table.append_column(name, _default(name, table.num_rows))
    return table.cast(LAKE)


def _default(name: str, rows: int) -> pa.Array[Any]:
    value = ADDED[name][1]
    if LAKE.field(name).type == _WORD:
        return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([value]))
    repeated: pa.Array[Any] = pa.repeat(pa.scalar(value, LAKE.field(name).type), rows)
    return repeated


def verified(body: bytes, sha256: str, rows: int) -> pa.Table:
    """The rows of a file that must have that hash. Raises ValueError."""
    if hashlib.sha256(body).hexdigest() != sha256:
        raise ValueError("it was changed after it was sealed")
    table = decode(body)
    if table.num_rows != rows:
        raise ValueError(f"it has {table.num_rows} rows, not {rows}")
    return table


def arranged(table: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """The rows of each day and site, (``2026-10-05``, site key, rows by person and time).

    ``table`` is ``LAKE`` in one chunk with one dictionary a column.
    """
    if not table.num_rows:
        return
    at: NDArray[np.int64] = np.asarray(_one(table, "at").cast(pa.int64()))
    day = at // _DAY
    site, sites = _ranked(_one(table, "site"))
    person, _ = _ranked(_one(table, "person"))
    group = (day - day.min()) * len(sites) + site
    order = _sorted_places(group, person, at)
    starts = np.flatnonzero(np.diff(group.take(order), prepend=-1))
    for first, end in zip(starts.tolist(), [*starts[1:].tolist(), len(at)], strict=True):
        part = _only_own_words(table.take(order[first:end]))
        where = order[first]
        name = datetime.fromtimestamp(int(day[where]) * 86_400, UTC).date().isoformat()
        yield name, sites[int(site[where])], part


def _only_own_words(table: pa.Table) -> pa.Table:
    """Dictionaries without what no row says: another school's people, or what was destroyed."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field, _shrunk(_one(table, field.name)))
    return table


def _shrunk(column: Any) -> pa.Array[Any]:
    codes = np.asarray(column.indices)
    used = np.bincount(codes, minlength=len(column.dictionary)) > 0
    code = np.cumsum(used, dtype=np.int32) - np.int32(1)
    words = column.dictionary.take(pa.array(np.flatnonzero(used)))
    return pa.DictionaryArray.from_arrays(code.take(codes), words)


def _sorted_places(
    group: NDArray[np.int64], person: NDArray[np.int64], at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows by group, person and time. One sort of one key where the key fits into 63 bits."""
    people, since = int(person.max()) + 1, at - at.min()
    span = int(since.max()) + 1
    high = group * people + person
    if (int(high.max()) + 1) * span < 1 << 63:
        return np.argsort(high * span + since, kind="stable")
    return np.lexsort((at, high))


def _one(table: pa.Table, name: str) -> Any:
    """The column as one array."""
    column: Any = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _ranked(column: Any) -> tuple[NDArray[np.int64], list[str]]:
    """Each row's place among the distinct texts in order, and those."""
    texts = column.dictionary.to_pylist()
    in_order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), np.int64)
    rank[in_order] = np.arange(len(texts))
    return rank.take(np.asarray(column.indices)), [texts[place] for place in in_order]


def encode(table: pa.Table) -> bytes:
    """The octets of one file."""
    out = BytesIO()
    distinct = {name: min(len(_one(table, name).dictionary), ROW_GROUP) for name in _BLOOMED}
    pq.write_table(
        table.replace_schema_metadata(_MARKS),
        out,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=3,
        use_dictionary=_FEW_VALUES,
        column_encoding={"at": "DELTA_BINARY_PACKED"},
        dictionary_pagesize_limit=16 << 20,
        write_statistics=["at", "person", "site", "name", "action", "clause"],
        write_page_index=True,
        write_page_checksum=True,
        sorting_columns=_SORTED,
        bloom_filter_options={
            name: {"ndv": max(count, 1), "fpp": 0.05} for name, count in distinct.items()
        },
    )
    return out.getvalue()


def described(path: str, site: str, day: str, table: pa.Table, body: bytes, sums: bytes) -> File:
    """The line of one file in a change; ``sums`` are the octets of the file of sums beside it."""
    at = table.column("at")
    return File(
        file=path,
        site=site,
        day=day,
        rows=table.num_rows,
        bytes=len(body),
        first_at=_utc(pc.min(at)),
        last_at=_utc(pc.max(at)),
        sha256=hashlib.sha256(body).hexdigest(),
        schema=VERSION,
        sums=hashlib.sha256(sums).hexdigest(),
        sums_bytes=len(sums),
    )


def _utc(moment: pa.Scalar[Any]) -> str:
    found: datetime = moment.as_py()
    return found.astimezone(UTC).isoformat()
