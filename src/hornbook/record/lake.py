"""Ask the activity record. Queries are written once, in Ibis, and run by DuckDB or Spark.

Only files that a chain lists are read, and of those only the ones whose first and last row
touch the period asked for. A file that is missing, cut short or corrupt is named in
``problems``; the others still answer. Reading proves nothing about tampering: that is what
``verify.verify_record`` is for.

Importing Ibis and DuckDB takes about a second, so it waits until somebody asks. A node that
seals every five seconds makes 720 files an hour, and DuckDB needs about 0.2 ms a file and
query: 0.15 s for an hour. What is older is compacted (``compaction.py``). Pages ask once, for a
``summary``, and ``latest`` opens the newest files first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hornbook.record.catalogue import Catalogue, Held
from hornbook.record.engines import DuckDB, Engine
from hornbook.record.schema import ACTIVITY, ADDED

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

Row = dict[str, Any]
T = TypeVar("T")


class LakeError(Exception):
    """A query could not be answered although every file is whole; the message says why."""


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


class Lake:
    """All rows under one ``record`` folder. Safe to share between threads.

    ``engine`` runs the queries: DuckDB in this process, or Spark (``engines.py``).
    """

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        self.folder = folder
        self.engine = engine or DuckDB()
        self.catalogue = Catalogue(folder)

    def window(self, since: datetime, until: datetime, where: Where | None = None) -> Window:
        """The rows of ``since`` ≤ at < ``until`` that fit ``where``, ready for named queries."""
        return Window(self, since, until, where or Where())

    def activity(self, since: datetime, until: datetime) -> Table:
        """The rows of ``since`` ≤ at < ``until`` as an Ibis table expression."""
        return self.window(since, until).table


class Window:
    """One period of the record. Every query gives plain rows (dictionaries), times in UTC.

    Use it in a ``with`` statement, so that its memory is given back at once.
    """

    def __init__(self, lake: Lake, since: datetime, until: datetime, where: Where) -> None:
        self.since, self.until, self.where = since, until, where
        self._lake = lake
        self._files, self.problems = self._listed()
        self._session = lake.engine.session()
        self._opened: dict[int, Table] = {}  # how many of the newest files → their rows

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def table(self) -> Table:
        """The rows as an Ibis table expression, over the files that are whole."""
        return self._mending(lambda: self._over(self._files))

    def run(self, build: Callable[[Table], Table], newest: int | None = None) -> list[Row]:
        """Run one query, over the ``newest`` files only or over all, for its rows.

        Raises LakeError when it fails although all files are whole.
        """
        return list(self.arrow(build, newest).to_pylist())

    def arrow(self, build: Callable[[Table], Table], newest: int | None = None) -> pa.Table:
        """The same as columns."""
        return self._mending(lambda: self._session.rows(build(self._over(self._files[:newest]))))

    def _listed(self) -> tuple[list[Held], list[str]]:
        return self._lake.catalogue.files(self.since, self.until, self.where.sites)

    def _mending(self, act: Callable[[], T]) -> T:
        """Do ``act``. A corrupt file is found, named, left out, and ``act`` done again."""
        while True:
            try:
                return act()
            except self._session.errors as error:
                if not (self._changed() or self._drop_corrupt()):
                    raise LakeError(str(error)) from error

    def _over(self, files: Sequence[Held]) -> Table:
        import ibis

        if not files:
            return ibis.memtable(ACTIVITY.empty_table(), schema=_plain_schema())
        if len(files) not in self._opened:
            table = self._read(files)
            within = [table["at"] >= self.since, table["at"] < self.until]
            self._opened[len(files)] = table.filter(*within, *self.where.tests(table))
        return self._opened[len(files)]

    def _read(self, files: Sequence[Held]) -> Table:
        """Files of all versions as one table; each version is read for itself."""
        import ibis

        parts = []
        for version in sorted({held.line.schema for held in files}):
            part = self._session.read([held for held in files if held.line.schema == version])
            later = {
                name: ibis.literal(default, _plain_schema()[name].copy(nullable=True))
                for name, (since, default) in ADDED.items()
                if since > version
            }
            parts.append(part.mutate(**later).select(*ACTIVITY.names) if later else part)
        return ibis.union(*parts) if len(parts) > 1 else parts[0]

    def _changed(self) -> bool:
        """Whether a compaction took files away; then the new ones are read."""
        files, problems = self._listed()
        if {held.address for held in files} == {held.address for held in self._files}:
            return False
        self._files, self.problems = files, problems
        self._opened.clear()
        return True

    def _drop_corrupt(self) -> bool:
        corrupt = [held for held in self._files if not held.is_whole()]
        self.problems += [f"{held.name}: corrupt: left out" for held in corrupt]
        self._files = [held for held in self._files if held not in corrupt]
        self._opened.clear()
        return bool(corrupt)

    # --- named queries -------------------------------------------------------------------

    def counts(self, *by: str, limit: int = 1000) -> list[Row]:
        """How many rows for each combination of the columns ``by``, most first: [{*by, n}]."""
        import ibis

        return self.run(
            lambda table: (
                table.group_by(*by)
                .aggregate(n=table.count())
                .order_by(ibis.desc("n"), *by)
                .limit(limit)
            )
        )

    def summary(self, width: int, *by: str) -> list[Row]:
        """[{bucket, *by, n}] in order of time; ``width`` in seconds, ``bucket`` its start (UTC)."""

        def build(table: Table) -> Table:
            bucket = (table.at.epoch_seconds() // width * width).name("bucket")
            grouped = table.group_by(bucket, *by).aggregate(n=table.count())
            return grouped.order_by("bucket", *by)

        rows = self.run(build)
        return [{**row, "bucket": datetime.fromtimestamp(row["bucket"], UTC)} for row in rows]

    def latest(self, limit: int, columns: Sequence[str] = tuple(ACTIVITY.names)) -> list[Row]:
        """The newest rows first, only those columns. Opens older files only when it must."""
        import ibis

        ties = ("name", "node", "person", "client", "qtype")
        needed = dict.fromkeys(("at", *columns))
        opened = 32
        while True:
            rows = self.run(
                lambda table: table.order_by(ibis.desc("at"), *ties).limit(limit).select(*needed),
                newest=opened,
            )
            if self._none_newer_unread(opened, rows, limit):
                return [{name: row[name] for name in columns} for row in rows]
            opened *= 8

    def _none_newer_unread(self, opened: int, rows: list[Row], limit: int) -> bool:
        unread = self._files[opened:]
        if not unread:
            return True
        return len(rows) >= limit and rows[-1]["at"] >= unread[0].line.span[1]

    def unlisted(self, least: float, limit: int = 1000) -> list[Row]:
        """Names in no list with a score of at least ``least``, the most asked first.

        [{name, n, first, last, unseen}]; ``first`` and ``last`` are times in UTC.
        """
        import ibis

        def build(table: Table) -> Table:
            marked = table.filter(table.unseen >= least)
            grouped = marked.group_by("name").aggregate(
                n=marked.count(),
                first=marked["at"].min(),
                last=marked["at"].max(),
                unseen=marked.unseen.max(),
            )
            return grouped.order_by(ibis.desc("n"), "name").limit(limit)

        return self.run(build)

    def pairs(self, *more: str) -> list[Row]:
        """Each distinct question: [{name, profile, slot, *more, n}], n its number of rows."""
        by = ("name", "profile", "slot", *more)
        return self.run(lambda table: table.group_by(*by).aggregate(n=table.count()).order_by(*by))

    def persons(self, *by: str) -> list[Row]:
        """[{*by, n, persons}] in order; ``persons`` are the distinct known persons."""

        def build(table: Table) -> Table:
            known = table.person.nullif("")
            return (
                table.group_by(*by)
                .aggregate(n=table.count(), persons=known.nunique())
                .order_by(*by)
            )

        return self.run(build)

    def new_names(self, since: datetime, limit: int, least: int = 5) -> tuple[int, list[Row]]:
        """Names that the window's rows have from ``since`` on and not before.

        How many, and of those that at least ``least`` known persons asked for the most asked:
        [{name, n}].
        """
        import ibis

        def first(table: Table) -> Table:
            known = table.person.nullif("")
            grouped = table.group_by("name").aggregate(
                first=table["at"].min(), n=table.count(), persons=known.nunique()
            )
            return grouped.filter(grouped["first"] >= since)

        def shown(table: Table) -> Table:
            new = first(table)
            many = new.filter(new.persons >= least).select("name", "n")
            return many.order_by(ibis.desc("n"), "name").limit(limit)

        def counted(table: Table) -> Table:
            new = first(table)
            return new.aggregate(n=new.count())

        return self.run(counted)[0]["n"], self.run(shown)

    def top_blocked(self, limit: int) -> list[Row]:
        """The names blocked most often: [{name, clause, category, n}]."""
        import ibis

        def build(table: Table) -> Table:
            blocked = table.filter(table.action == "block")
            return (
                blocked.group_by("name", "clause", "category")
                .aggregate(n=blocked.count())
                .order_by(ibis.desc("n"), "name")
                .limit(limit)
            )

        return self.run(build)


def _plain_schema() -> Any:
    """The columns as DuckDB shows them (dictionaries are plain strings there)."""
    import ibis
    import pyarrow as pa

    plain = [
        field.with_type(pa.utf8()) if pa.types.is_dictionary(field.type) else field
        for field in ACTIVITY
    ]
    return ibis.Schema.from_pyarrow(pa.schema(plain))
