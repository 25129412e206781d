"""The named queries of the lake, in Ibis: written once, run by every engine.

A query is a function of a ``Source`` and of plain arguments, so that what an engine compiled can
be kept by function and arguments. It may use only what all engines understand; ties need an
order, or the engines differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hornbook.record.schema import ACTIVITY, ADDED, VERSION, columns_of
from hornbook.record.sums import QUARTER, SUMS

if TYPE_CHECKING:
    from ibis.expr.types import Table

ROWS, TOTALS = "hornbook_rows", "hornbook_totals"  # the names of the tables that queries speak of
_TIES = ("name", "node", "person", "client", "qtype")


@dataclass(frozen=True)
class Where:
    """Which rows; None and the empty tuple restrict nothing.

    ``clause`` is a key (``PRO-1``, any version) or a version (``PRO-1@1``). ``sites`` and
    ``persons`` are keys; a row fits when it has one of them.
    """

    action: str | None = None
    category: str | None = None
    clause: str | None = None
    sites: tuple[str, ...] | None = None
    persons: tuple[str, ...] | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that are looked at."""
        told = ("action", self.action), ("category", self.category), ("clause", self.clause)
        keys = ("site", self.sites), ("person", self.persons)
        return [c for c, value in told if value] + [c for c, one in keys if one is not None]

    def tests(self, table: Table) -> list[Any]:
        """What must be true of a row, for one ``filter``."""
        found = [
            table[column] == value
            for column, value in (("action", self.action), ("category", self.category))
            if value
        ]
        if self.clause:
            exact = "@" in self.clause
            cited = table.clause
            found.append(cited == self.clause if exact else cited.startswith(f"{self.clause}@"))
        for column, keys in (("site", self.sites), ("person", self.persons)):
            if keys is not None:
                found.append(table[column].isin(keys) if keys else False)
        return found


@dataclass(frozen=True)
class Bounds:
    """Which rows a session shows: those of a period that fit ``where``."""

    since: datetime
    until: datetime
    where: Where

    @property
    def shape(self) -> Hashable:
        """Bounds of the same shape give the same query, but for their values."""
        told = self.where
        clause = None if not told.clause else "@" in told.clause
        keys = [None if keys is None else len(keys) for keys in (told.sites, told.persons)]
        return bool(told.action), bool(told.category), clause, *keys

    @property
    def words(self) -> list[str]:
        """The texts that rows are compared with, in one order."""
        told = self.where
        single = [word for word in (told.action, told.category, told.clause) if word]
        return [*single, *(told.sites or ()), *(told.persons or ())]


def cut(table: Table, bounds: Bounds) -> Table:
    begins, ends = table["at"] >= bounds.since, table["at"] < bounds.until
    return table.filter(begins, ends, *bounds.where.tests(table))


def cut_sums(table: Table, part: str, bounds: Bounds) -> Table:
    """Sums of one part. Those by name have no time: only whole files may be among them.

    Of quarters ``since`` must be the start of one (:func:`of_quarters`).
    """
    if part == "quarter":
        return cut(table, bounds).filter(table.part == part)
    return table.filter(table.part == part, *bounds.where.tests(table))


def of_quarters(bounds: Bounds) -> Bounds:
    """The same from the start of its first quarter hour on, which may lie before ``since``."""
    begins = datetime.fromtimestamp(bounds.since.timestamp() // QUARTER * QUARTER, UTC)
    return replace(bounds, since=begins)


# --- what is asked ------------------------------------------------------------------------------


def plain(schema: pa.Schema) -> Any:
    """The columns as query engines show them: words are plain, and nulls could be."""
    import ibis

    fields = [
        field.with_type(pa.utf8() if pa.types.is_dictionary(field.type) else field.type)
        for field in (one.with_nullable(True) for one in schema)
    ]
    return ibis.Schema.from_pyarrow(pa.schema(fields))


def table_called(name: str, version: int = VERSION) -> Table:
    """Rows, with the columns of a version, that the session knows by that name."""
    import ibis

    columns = [ACTIVITY.field(one) for one in columns_of(version)]
    return ibis.table(plain(pa.schema(columns)), name=name)


def sums_called(name: str) -> Table:
    """Sums that the session knows by that name."""
    import ibis

    return ibis.table(plain(SUMS), name=name)


def all_of(parts: Sequence[Table]) -> Table:
    """Tables of the same columns as one; without any, one without rows."""
    import ibis

    if not parts:
        one = ibis.literal(0).name("nothing").as_table()
        columns = {name: ibis.null(kind) for name, kind in plain(ACTIVITY).items()}
        return one.select(**columns).filter(ibis.literal(value=False))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def with_later_columns(table: Table, version: int) -> Table:
    """Rows of an earlier version, with the defaults of what came later."""
    import ibis

    schema = plain(ACTIVITY)
    later = {
        name: ibis.literal(default, schema[name])
        for name, (since, default) in ADDED.items()
        if since > version
    }
    return table.mutate(**later).select(*ACTIVITY.names) if later else table


@dataclass(frozen=True)
class Source:
    """What a window's answer is made of: ``rows``, sums of whole files (``totals``), or both."""

    rows: bool = True
    totals: bool = False

    def table(self) -> Table:
        return table_called(ROWS)

    def tally(self, by: Sequence[str], width: int | None = None) -> Table:
        """[{*by, n}] and, with a width in seconds, ``bucket``, its start in seconds since 1970."""
        parts = [
            _grouped(table, by, width, summed)
            for table, summed, there in (
                (table_called(ROWS), False, self.rows),
                (sums_called(TOTALS), True, self.totals),
            )
            if there
        ]
        if len(parts) == 1:
            return parts[0]
        both = parts[0].union(parts[1])
        keys = ["bucket", *by] if width else list(by)
        return both.group_by(*keys).aggregate(n=both.n.sum())


def _grouped(table: Table, by: Sequence[str], width: int | None, summed: bool) -> Table:
    keys: list[Any] = list(by)
    if width:
        keys.insert(0, (seconds(table["at"]) // width * width).name("bucket"))
    count = table.n.sum() if summed else table.count()
    return table.group_by(*keys).aggregate(n=count)


def seconds(moment: Any) -> Any:
    """Whole seconds since 1970 of a column of times, as int64.

    Ibis's own ``epoch_seconds`` first makes local times of them: with DuckDB six times as slow.
    """
    return (_micros()(moment) // 1_000_000).cast("int64")


@cache
def _micros() -> Any:
    import ibis

    def unix_micros(moment: Any) -> int:
        """Spark's word for it, which ``engines`` teaches DuckDB."""
        raise NotImplementedError  # the engine has it

    signature = (("timestamp('UTC')",), "int64")
    return ibis.udf.scalar.builtin(unix_micros, signature=signature)


# --- the queries --------------------------------------------------------------------------------


def counts(source: Source, by: tuple[str, ...], limit: int) -> Table:
    import ibis

    return source.tally(by).order_by(ibis.desc("n"), *by).limit(limit)


def summary(source: Source, width: int, by: tuple[str, ...]) -> Table:
    return source.tally(by, width).order_by("bucket", *by)


def top_blocked(source: Source, limit: int) -> Table:
    import ibis

    found = source.tally(("name", "clause", "category", "action"))
    blocked = found.filter(found.action == "block").drop("action")
    return blocked.order_by(ibis.desc("n"), "name", "clause", "category").limit(limit)


def latest(source: Source, limit: int, columns: tuple[str, ...]) -> Table:
    import ibis

    return source.table().order_by(ibis.desc("at"), *_TIES).limit(limit).select(*columns)


def unlisted(source: Source, least: float, limit: int) -> Table:
    import ibis

    table = source.table()
    marked = table.filter(table.unseen >= least)
    grouped = marked.group_by("name").aggregate(
        n=marked.count(),
        first=marked["at"].min(),
        last=marked["at"].max(),
        unseen=marked.unseen.max(),
    )
    return grouped.order_by(ibis.desc("n"), "name").limit(limit)


def pairs(source: Source, more: tuple[str, ...]) -> Table:
    by = ("name", "profile", "slot", *more)
    return source.tally(by).order_by(*by)


def persons(source: Source, by: tuple[str, ...]) -> Table:
    table = source.table()
    known = table.person.nullif("")
    grouped = table.group_by(*by) if by else table
    found = grouped.aggregate(n=table.count(), persons=known.nunique())
    return found.order_by(*by) if by else found


def _new_names(source: Source, since: datetime) -> Table:
    table = source.table()
    known = table.person.nullif("")
    grouped = table.group_by("name").aggregate(
        first=table["at"].min(), n=table.count(), persons=known.nunique()
    )
    return grouped.filter(grouped["first"] >= since)


def new_names(source: Source, since: datetime, least: int, limit: int) -> Table:
    import ibis

    new = _new_names(source, since)
    many = new.filter(new.persons >= least).select("name", "n")
    return many.order_by(ibis.desc("n"), "name").limit(limit)


def count_new_names(source: Source, since: datetime) -> Table:
    new = _new_names(source, since)
    return new.aggregate(n=new.count())
