"""The columns of the activity record: one row for each verdict that a node gave.

No column is ever null. The empty string says "none": nobody known at that address, no rule
that spoke, no category that the name is listed in. Columns with few distinct values are
dictionary-encoded, so that a node can gather them from its tables by index.

The columns have a version. A later version only adds columns at the end, each with a default
that older rows have, so that files of every version are read together.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

VERSION = 3

_WORD = pa.dictionary(pa.int32(), pa.utf8())

_COLUMNS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("at", pa.timestamp("us", tz="UTC"), "when the verdict was given, node's clock"),
    ("node", _WORD, "the node that gave it, as named in instance.json"),
    ("site", _WORD, "key of the site that the seat belongs to; empty when unknown"),
    ("person", _WORD, "key (UUID) of the person at the seat; empty when nobody is known"),
    ("profile", _WORD, "key of the profile whose rules were read"),
    ("client", pa.utf8(), "the address that asked, as text, v4 or v6"),
    ("proto", _WORD, "how it was asked: udp, tcp, doh, dot, proxy"),
    ("name", pa.utf8(), "the name asked for, normalised (lower case, A-labels, no trailing dot)"),
    ("qtype", pa.uint16(), "DNS question type (RFC 1035, 3.2.2); 0 when it was no DNS question"),
    ("action", _WORD, "allow, block, warn, inspect or rewrite"),
    ("rule", _WORD, "key of the rule that spoke; empty for the default"),
    ("clause", _WORD, "clause version cited, for example PRO-1@1; empty for the default"),
    ("basis", _WORD, "legal basis, for example cipa-minor; empty for the default"),
    ("category", _WORD, "the category that decided, of those the name is listed in"),
    ("set_id", pa.uint32(), "category set of the name in this catalogue; 0 is “in no list”"),
    ("slot", pa.uint8(), "time slot of the rulebook at that minute of the district's week"),
    ("catalogue", _WORD, "SHA-256 (hex) of the catalogue part that judged"),
    ("rulebook", _WORD, "SHA-256 (hex) of the rulebook part that judged"),
    ("seating", _WORD, "SHA-256 (hex) of the seating part that judged"),
    ("unseen", pa.float32(), "score of a name that no list knows, 0 to 1; -1: not scored"),
    ("scorer", _WORD, "version of the model that gave “unseen”; empty when none did"),
    ("path", pa.utf8(), "the page, without its query, where its rule has it kept; else empty"),
    ("note", _WORD, "warned, or reason given: what a rule that warns did; else empty"),
)

#: The version that brought a column, and what rows of earlier versions have there.
ADDED: dict[str, tuple[int, Any]] = {
    "unseen": (2, -1.0),
    "scorer": (2, ""),
    "path": (3, ""),
    "note": (3, ""),
}

ACTIVITY: pa.Schema = pa.schema(
    [pa.field(name, kind, nullable=False, metadata={"doc": doc}) for name, kind, doc in _COLUMNS],
    metadata={"hornbook.activity": str(VERSION)},
)


def columns_of(version: int) -> list[str]:
    """The names of the columns that a file of that version has, in order."""
    return [name for name in ACTIVITY.names if ADDED.get(name, (1,))[0] <= version]


class BadRows(ValueError):
    """A batch does not have the columns of the record; the message names the column."""


def as_activity(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch in exactly the types of ``ACTIVITY``.

    Free when the types fit already; plain strings are dictionary-encoded where needed, and
    columns that an earlier version did not have get their defaults.
    Raises BadRows for a missing, surplus or misplaced column, a null, or a value that the
    column cannot hold.
    """
    batch = _with_later_columns(batch)
    if batch.schema.names != ACTIVITY.names:
        raise BadRows(f"columns are {batch.schema.names}, not {ACTIVITY.names}")
    for column, name in zip(batch.columns, ACTIVITY.names, strict=True):
        if column.null_count:
            raise BadRows(f"column {name} has {column.null_count} nulls; write “” for none")
    if batch.schema.equals(ACTIVITY):
        return batch
    columns = [_cast(*pair) for pair in zip(batch.columns, ACTIVITY, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=ACTIVITY)


def _with_later_columns(batch: pa.RecordBatch) -> pa.RecordBatch:
    if not any(batch.schema.names == columns_of(version) for version in range(1, VERSION)):
        return batch
    for name in ACTIVITY.names[batch.num_columns :]:
        default = pa.scalar(ADDED[name][1], ACTIVITY.field(name).type)
        batch = batch.append_column(name, pa.repeat(default, batch.num_rows))
    return batch


def _cast(column: pa.Array[Any], field: pa.Field[Any]) -> pa.Array[Any]:
    try:
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise BadRows(f"column {field.name} is {column.type}, not {field.type}: {error}") from error
