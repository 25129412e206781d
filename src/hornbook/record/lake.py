"""Ask the activity record. Queries are written once, in Ibis, and run by DuckDB or Spark.

Only files that a chain lists are read, and of those only the ones whose first and last row
touch the period asked for. A file that is missing, cut short or corrupt is named in
``problems``; the others still answer. Reading proves nothing about tampering: that is what
``verify.verify_record`` is for.

Totals come from the sums of compacted files (``sums.py``) where these hold what is asked, and
from the rows of the other files; both together are exactly what the rows alone say.

Importing Ibis and DuckDB takes about a second, so it waits until somebody asks. A node that
seals every five seconds makes 720 files an hour, and DuckDB needs about 0.2 ms a file and
query: 0.15 s for an hour. What is older is compacted (``compaction.py``). Pages ask once, for a
``summary``, and ``latest`` opens the newest files first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hornbook.record import questions
from hornbook.record.catalogue import Catalogue, Held
from hornbook.record.engines import DuckDB, Engine
from hornbook.record.questions import ROWS, TOTALS, Bounds, Source, Where
from hornbook.record.schema import ACTIVITY
from hornbook.record.sums import QUARTER, part_for

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

__all__ = ["Lake", "LakeError", "Row", "Where", "Window"]

log = logging.getLogger(__name__)
Row = dict[str, Any]
T = TypeVar("T")


class LakeError(Exception):
    """A query could not be answered although every file is whole; the message says why."""


class Lake:
    """All rows under one ``record`` folder. Safe to share between threads.

    ``engine`` runs the queries: DuckDB in this process, or Spark (``engines.py``). With ``sums``
    false totals are counted from rows, always: for tests and benchmarks.
    """

    def __init__(self, folder: Path, engine: Engine | None = None, *, sums: bool = True) -> None:
        self.folder = folder
        self.engine = engine or DuckDB()
        self.catalogue = Catalogue(folder)
        self.sums = sums

    def window(self, since: datetime, until: datetime, where: Where | None = None) -> Window:
        """The rows of ``since`` ≤ at < ``until`` that fit ``where``, ready for named queries."""
        return Window(self, since, until, where or Where())

    def activity(self, since: datetime, until: datetime) -> Table:
        """The rows of ``since`` ≤ at < ``until`` as an Ibis table expression."""
        return self.window(since, until).table


def _every_version(versions: Sequence[int]) -> Table:
    """The rows of all versions as one table."""
    parts = [
        questions.with_later_columns(questions.table_called(f"{ROWS}_{one}", one), one)
        for one in versions
    ]
    return questions.all_of(parts)


class Window:
    """One period of the record. Every query gives plain rows (dictionaries), times in UTC.

    Use it in a ``with`` statement, so that its memory is given back at once.
    """

    def __init__(self, lake: Lake, since: datetime, until: datetime, where: Where) -> None:
        self.since, self.until, self.where = since, until, where
        self._lake = lake
        self._files, self.problems = self._listed()
        self._session = lake.engine.session(one.store for one in self._files)
        self._shown: tuple[list[Held], list[Held], str | None] | None = None
        self._doubted: set[str] = set()  # files whose sums cannot be read

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def table(self) -> Table:
        """The rows as an Ibis table expression, over the files that are whole."""
        return self._mending(self._table)

    def _table(self) -> Table:
        self._show(self._files)
        return self._session.table(ROWS)

    def run(self, build: Callable[[Table], Table]) -> list[Row]:
        """Run one query over the rows, for its rows.

        Raises LakeError when it fails although all files are whole.
        """
        return list(self.arrow(build).to_pylist())

    def arrow(self, build: Callable[[Table], Table]) -> pa.Table:
        """The same as columns."""
        return self._mending(lambda: self._built(build))

    def _built(self, build: Callable[[Table], Table]) -> pa.Table:
        self._show(self._files)
        return self._session.rows(lambda: build(questions.table_called(ROWS)))

    def _ask(
        self,
        query: Callable[..., Table],
        *arguments: Hashable,
        columns: Sequence[str] | None = None,
        width: int | None = None,
        newest: int | None = None,
    ) -> list[Row]:
        """Run a named query, over the ``newest`` files only or over all.

        ``columns`` and ``width``: it asks only for totals by these, so that sums can answer.
        """

        def act() -> pa.Table:
            part = None if columns is None else part_for([*columns, *self.where.columns], width)
            summed = [one for one in self._files if part and self._is_summed(one, part)]
            rest = [one for one in self._files[:newest] if one not in set(summed)]
            self._show(rest, summed, part)
            source = Source(rows=bool(rest or not summed), totals=bool(summed))
            key = (query, source, *arguments)
            return self._session.rows(lambda: query(source, *arguments), key)

        return list(self._mending(act).to_pylist())

    def _is_summed(self, held: Held, part: str) -> bool:
        """Whether the sums of a file tell exactly what of it lies in this window."""
        if not (self._lake.sums and held.sums) or held.line.file in self._doubted:
            return False
        first, last = held.line.span
        if self.since <= first and last < self.until:
            return True
        return part == "quarter" and not any(
            first <= bound <= last and bound.timestamp() % QUARTER
            for bound in (self.since, self.until)
        )

    def _show(self, rows: list[Held], summed: Sequence[Held] = (), part: str | None = None) -> None:
        """Give the session the tables that queries speak of."""
        wanted = (list(rows), list(summed), part)
        if wanted == self._shown:
            return
        self._shown = None
        bounds = Bounds(self.since, self.until, self.where)
        if rows or not summed:
            versions = self._show_versions(rows)
            self._session.define(
                ROWS, versions, lambda one: questions.cut(_every_version(versions), one), bounds
            )
        if summed and part:
            name = f"{TOTALS}_files"
            self._session.show(name, [one.sums_address for one in summed])
            sums = questions.sums_called(name)
            whole = questions.of_quarters(bounds) if part == "quarter" else bounds
            self._session.define(
                TOTALS, part, lambda one: questions.cut_sums(sums, part, one), whole
            )
        self._shown = wanted

    def _show_versions(self, files: Sequence[Held]) -> tuple[int, ...]:
        """Give the session the files of each version of the columns; which versions there are."""
        versions = tuple(sorted({held.line.schema for held in files}))
        for version in versions:
            same = [held.address for held in files if held.line.schema == version]
            self._session.show(f"{ROWS}_{version}", same)
        return versions

    def _listed(self) -> tuple[list[Held], list[str]]:
        return self._lake.catalogue.files(self.since, self.until, self.where.sites)

    def _mending(self, act: Callable[[], T]) -> T:
        """Do ``act``. A corrupt file is found, named, left out, and ``act`` done again."""
        while True:
            try:
                return act()
            except self._session.errors as error:
                if not (self._changed() or self._doubt_sums() or self._drop_corrupt()):
                    raise LakeError(str(error)) from error

    def _changed(self) -> bool:
        """Whether a compaction took files away; then the new ones are read."""
        files, problems = self._listed()
        if {held.address for held in files} == {held.address for held in self._files}:
            return False
        self._files, self.problems = files, problems
        self._shown = None
        return True

    def _doubt_sums(self) -> bool:
        """Whether sums that were used are not what they were: their rows are counted instead."""
        used = self._shown[1] if self._shown else self._files
        bad = {one.line.file for one in used if one.sums and not one.sums_are_whole()}
        for file in bad - self._doubted:
            log.error("the sums of %s are corrupt; its rows are counted instead", file)
        found = bool(bad - self._doubted)
        self._doubted |= bad
        return found

    def _drop_corrupt(self) -> bool:
        corrupt = [held for held in self._files if not held.is_whole()]
        self.problems += [f"{held.name}: corrupt: left out" for held in corrupt]
        self._files = [held for held in self._files if held not in corrupt]
        self._shown = None
        return bool(corrupt)

    # --- named queries -------------------------------------------------------------------

    def counts(self, *by: str, limit: int = 1000) -> list[Row]:
        """How many rows for each combination of the columns ``by``, most first: [{*by, n}]."""
        return self._ask(questions.counts, by, limit, columns=by)

    def summary(self, width: int, *by: str) -> list[Row]:
        """[{bucket, *by, n}] in order of time; ``width`` in seconds, ``bucket`` its start (UTC)."""
        rows = self._ask(questions.summary, width, by, columns=by, width=width)
        return [{**row, "bucket": datetime.fromtimestamp(row["bucket"], UTC)} for row in rows]

    def latest(self, limit: int, columns: Sequence[str] = tuple(ACTIVITY.names)) -> list[Row]:
        """The newest rows first, only those columns. Opens older files only when it must."""
        needed = tuple(dict.fromkeys(("at", *columns)))
        opened = 32
        while True:
            rows = self._ask(questions.latest, limit, needed, newest=opened)
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
        return self._ask(questions.unlisted, least, limit)

    def pairs(self, *more: str) -> list[Row]:
        """Each distinct question: [{name, profile, slot, *more, n}], n its number of rows."""
        return self._ask(questions.pairs, more)

    def persons(self, *by: str) -> list[Row]:
        """[{*by, n, persons}] in order; ``persons`` are the distinct known persons.

        Without ``by`` one row tells of all.
        """
        return self._ask(questions.persons, by)

    def new_names(self, since: datetime, limit: int, least: int = 5) -> tuple[int, list[Row]]:
        """Names that the window's rows have from ``since`` on and not before.

        How many, and of those that at least ``least`` known persons asked for the most asked:
        [{name, n}].
        """
        count = self._ask(questions.count_new_names, since)[0]["n"]
        return count, self._ask(questions.new_names, since, least, limit)

    def top_blocked(self, limit: int) -> list[Row]:
        """The names blocked most often: [{name, clause, category, n}]."""
        columns = ("name", "clause", "category", "action")
        return self._ask(questions.top_blocked, limit, columns=columns)
