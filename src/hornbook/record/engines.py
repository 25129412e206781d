"""What runs the lake's queries: DuckDB in this process, or a Spark cluster. One set of queries.

Both read the same files. Spark needs the extra packages of ``requirements/spark.in`` and Java;
its workers must see the files at the same paths (a shared folder or an object store).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from hornbook.instance import InstanceError
from hornbook.record.store import PROTOCOL, Store

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table
    from pyspark.sql import SparkSession

    from hornbook.record.catalogue import Held


class EngineError(InstanceError):
    """The engine cannot be used; the message says what is missing."""


class Session(Protocol):
    """One use of an engine. ``errors`` are what a query raises when a file is unreadable."""

    errors: tuple[type[Exception], ...]

    def read(self, files: Sequence[Held]) -> Table:
        """The rows of these files, which have the same columns, as an Ibis table."""

    def rows(self, query: Table) -> pa.Table:
        """The answer; times say that they are UTC."""

    def close(self) -> None: ...


class Engine(Protocol):
    def session(self) -> Session: ...


class DuckDB:
    """The default. ``threads`` 0 takes every core."""

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads

    def session(self) -> Session:
        return _DuckDBSession(self._threads)


class _DuckDBSession:
    def __init__(self, threads: int) -> None:
        import duckdb
        import ibis

        self.errors: tuple[type[Exception], ...] = (duckdb.Error,)
        self._connection = ibis.duckdb.connect(**({"threads": threads} if threads else {}))
        self._attached: list[Store] = []

    def read(self, files: Sequence[Held]) -> Table:
        for store in {id(held.store): held.store for held in files}.values():
            if store not in self._attached:
                store.attach(self._connection.con)
                self._attached.append(store)
        paths = [held.address for held in files]
        table: Table = self._connection.read_parquet(paths, hive_partitioning=False)
        return table

    def rows(self, query: Table) -> pa.Table:
        found: pa.Table = query.to_pyarrow()
        return found

    def close(self) -> None:
        self._connection.disconnect()


class Spark:
    """A cluster, by the address of its master (``spark://host:7077``, ``local[2]``).

    The session is made at first use and kept; :meth:`stop` ends it.
    """

    def __init__(self, master: str, **settings: str) -> None:
        self._master = master
        self._settings = settings
        self._session: SparkSession | None = None

    def session(self) -> Session:
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
        self._spark = spark
        self._connection: Any = ibis.pyspark.connect(spark)
        self._views: list[str] = []

    def read(self, files: Sequence[Held]) -> Table:
        view = f"activity_{uuid4().hex}"
        paths = [held.address.replace(f"{PROTOCOL}://", "s3a://") for held in files]
        self._spark.read.parquet(*paths).createOrReplaceTempView(view)
        self._views.append(view)
        table: Table = self._connection.table(view)
        return table

    def rows(self, query: Table) -> pa.Table:
        """Spark's times are those of the session, which is set to UTC, and do not say so."""
        import pyarrow as pa

        found: pa.Table = query.to_pyarrow()
        for place, field in enumerate(found.schema):
            if pa.types.is_timestamp(field.type):
                told = found.column(place).cast(pa.timestamp("us", "UTC"))
                found = found.set_column(place, field.name, told)
        return found

    def close(self) -> None:
        for view in self._views:
            with suppress(*self.errors):
                self._spark.catalog.dropTempView(view)
