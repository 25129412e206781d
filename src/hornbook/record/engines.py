"""What runs the lake's queries: DuckDB in this process, or a Spark cluster. One set of queries.

Both read the same files. Spark needs the extra packages of ``requirements/spark.in`` and Java;
its workers must see the files at the same paths (a shared folder or an object store).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from hornbook.instance import InstanceError
from hornbook.record.blanks import Blanks
from hornbook.record.questions import Bounds
from hornbook.record.store import PROTOCOL, Store

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from ibis.expr.types import Table
    from pyspark.sql import SparkSession


class EngineError(InstanceError):
    """The engine cannot be used; the message says what is missing."""


class Session(Protocol):
    """One use of an engine, with tables of its own names.

    ``errors`` are what a query raises when a file is unreadable.
    """

    errors: tuple[type[Exception], ...]

    def show(self, name: str, paths: Sequence[str]) -> None:
        """Call the rows of these files, which have the same columns, by that name."""

    def define(
        self, name: str, key: Hashable, build: Callable[[Bounds], Table], bounds: Bounds
    ) -> None:
        """Call the answer to a query by that name; it is worked out where it is used.

        What ``build`` makes of bounds of one shape under one key differs in values only.
        """

    def table(self, name: str) -> Table:
        """What has that name, as a table of the engine that can be asked by itself."""

    def rows(self, build: Callable[[], Table], key: Hashable = None) -> pa.Table:
        """The answer to the query that ``build`` gives; times say that they are UTC.

        Queries of the same ``key`` are the same, so that one is compiled once.
        """

    def close(self) -> None: ...


class Engine(Protocol):
    def session(self, stores: Iterable[Store]) -> Session:
        """A session that may read from these stores."""


class DuckDB:
    """The default: one database in this process, made at first use, a cursor for each session.

    To make one takes 30 ms and to compile a query 50 ms, more than most answers; so both are
    kept. ``threads`` 0 takes every core. Safe to share between threads.
    """

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads
        self._making = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._attached: set[int] = set()
        self.compiled: dict[Hashable, Compiled] = {}
        self.blanks: dict[Hashable, Blanks | None] = {}

    def session(self, stores: Iterable[Store]) -> Session:
        with self._making:
            database = self._database = self._database or _database(self._threads)
            for store in stores:
                if id(store) not in self._attached:
                    store.attach(database)
                    self._attached.add(id(store))
        return _DuckDBSession(database.cursor(), self.compiled, self.blanks)


def _database(threads: int) -> duckdb.DuckDBPyConnection:
    import duckdb

    found = duckdb.connect(config={"threads": threads} if threads else {})
    found.execute("SET GLOBAL TimeZone = 'UTC'")
    found.execute(_SPARKS_WORDS)
    return found


# What ``questions.seconds`` asks, which Spark has by itself.
_SPARKS_WORDS = "CREATE MACRO unix_micros(moment) AS epoch_us(moment)"


class Compiled(NamedTuple):
    """A query in the engine's words, and the types that its answer must have."""

    words: str
    schema: pa.Schema


_MOST_COMPILED = 500


def _make_room(kept: dict[Hashable, Any]) -> None:
    if len(kept) >= _MOST_COMPILED:
        kept.clear()


class _DuckDBSession:
    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        compiled: dict[Hashable, Compiled],
        blanks: dict[Hashable, Blanks | None],
    ) -> None:
        import duckdb

        self.errors: tuple[type[Exception], ...] = (duckdb.Error,)
        self._cursor = cursor
        self._compiled = compiled
        self._blanks = blanks
        self._named: dict[str, str] = {}  # a name, and what it stands for; in order of use
        self._viewed: dict[str, str] = {}  # those of them that are views by now
        self._ibis: Any = None

    def show(self, name: str, paths: Sequence[str]) -> None:
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        self._named[name] = f"SELECT * FROM read_parquet([{files}], hive_partitioning=false)"  # noqa: S608 quoted

    def define(
        self, name: str, key: Hashable, build: Callable[[Bounds], Table], bounds: Bounds
    ) -> None:
        def compiled(one: Bounds) -> str:
            return _compile(build(one)).words

        shape = (name, key, bounds.shape)
        if shape not in self._blanks:
            _make_room(self._blanks)
            self._blanks[shape] = Blanks.of(compiled, bounds)
        blanks = self._blanks[shape]
        self._named.pop(name, None)  # it may speak of what was shown since
        self._named[name] = blanks.filled(bounds) if blanks else compiled(bounds)

    def table(self, name: str) -> Table:
        found: Table = self._backend().table(name)
        return found

    def rows(self, build: Callable[[], Table], key: Hashable = None) -> pa.Table:
        if key is None:
            whole: pa.Table = self._backend().to_pyarrow(build())
            return whole
        known = self._compiled.get(key)
        if known is None:
            known = _compile(build())
            _make_room(self._compiled)
            self._compiled[key] = known
        found: pa.Table = self._cursor.sql(self._with_names(known.words)).to_arrow_table()
        return found.cast(known.schema)

    def _with_names(self, words: str) -> str:
        """The query with what its names stand for: views would be looked up once more each."""
        told = [f'"{name}" AS NOT MATERIALIZED ({one})' for name, one in self._named.items()]
        if not told:
            return words
        own = words.startswith("WITH ")  # names that the query itself brings
        return f"WITH {', '.join(told)}{', ' + words[5:] if own else ' ' + words}"

    def _backend(self) -> Any:
        """Ibis on this cursor, with names as views: for queries that bring tables of their own."""
        import ibis

        if self._viewed != self._named:
            for name, words in self._named.items():
                self._cursor.execute(f'CREATE OR REPLACE TEMPORARY VIEW "{name}" AS {words}')
            self._viewed = dict(self._named)
        if self._ibis is None:
            self._ibis = ibis.duckdb.from_connection(self._cursor)
        return self._ibis

    def close(self) -> None:
        self._cursor.close()


def _compile(query: Table) -> Compiled:
    import ibis

    return Compiled(ibis.to_sql(query, dialect="duckdb"), query.schema().to_pyarrow())


class Spark:
    """A cluster, by the address of its master (``spark://host:7077``, ``local[2]``).

    The session is made at first use and kept; :meth:`stop` ends it.
    """

    def __init__(self, master: str, **settings: str) -> None:
        self._master = master
        self._settings = settings
        self._session: SparkSession | None = None

    def session(self, stores: Iterable[Store]) -> Session:
        return _SparkSession(self.running())

    def running(self) -> SparkSession:
        """The session with the cluster. Raises EngineError where Spark is not installed."""
        if self._session is None:
            try:
                from pyspark.sql import SparkSession
            except ImportError as error:
                raise EngineError(
                    "Spark is not installed: install requirements/spark.txt, and Java 17 or newer."
                ) from error
            builder = SparkSession.builder.master(self._master).appName("hornbook")
            for key, value in {**_SETTINGS, **self._settings}.items():
                builder = builder.config(key, value)
            self._session = builder.getOrCreate()
        return self._session

    def stop(self) -> None:
        if self._session is not None:
            self._session.stop()
            self._session = None


_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.parquet.mergeSchema": "false",
}


class _SparkSession:
    def __init__(self, spark: SparkSession) -> None:
        import ibis
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        # What fails while rows travel in columns comes as the bridge's own error.
        self.errors: tuple[type[Exception], ...] = (PySparkException, Py4JError)
        self._spark = spark.newSession()  # so that its tables' names are its own
        self._connection: Any = ibis.pyspark.connect(self._spark)

    def show(self, name: str, paths: Sequence[str]) -> None:
        there = [path.replace(f"{PROTOCOL}://", "s3a://") for path in paths]
        self._spark.read.parquet(*there).createOrReplaceTempView(name)

    def define(
        self, name: str, key: Hashable, build: Callable[[Bounds], Table], bounds: Bounds
    ) -> None:
        import ibis

        words = ibis.to_sql(build(bounds), dialect="pyspark")
        self._spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW `{name}` AS {words}")

    def table(self, name: str) -> Table:
        found: Table = self._connection.table(name)
        return found

    def rows(self, build: Callable[[], Table], key: Hashable = None) -> pa.Table:
        """Spark's times are those of the session, which is set to UTC, and do not say so."""
        import pyarrow as pa

        found: pa.Table = self._connection.to_pyarrow(build())
        for place, field in enumerate(found.schema):
            if pa.types.is_timestamp(field.type):
                told = found.column(place).cast(pa.timestamp("us", "UTC"))
                found = found.set_column(place, field.name, told)
        return found

    def close(self) -> None:
        for view in self._spark.catalog.listTables():
            if view.isTemporary:
                with suppress(*self.errors):
                    self._spark.catalog.dropTempView(view.name)
