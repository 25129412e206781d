"""A real PostgreSQL that asks for the password that only the instance knows."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from hornbook.instance import Instance
from hornbook.run.postgres import Postgres, answers


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Postgres, str]]:
    # Not under pytest's own folder: that one is closed to the server's user when we are root.
    with tempfile.TemporaryDirectory(prefix="hornbook-pg-") as folder:
        postgres = Postgres(Instance(Path(folder) / "instance"))
        yield postgres, postgres.start()
        postgres.stop()


def test_our_database_answers_with_the_password(running: tuple[Postgres, str]) -> None:
    assert answers(running[1])


def test_nobody_gets_in_without_it(running: tuple[Postgres, str]) -> None:
    parts = urlsplit(running[1])
    without = parts._replace(netloc="postgres@").geturl()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(without, passfile="/dev/null")


def test_it_comes_back_after_a_kill(running: tuple[Postgres, str]) -> None:
    postgres, url = running
    server = postgres._server
    assert server is not None
    process = server.get_postmaster_info().process
    assert process is not None
    process.kill()
    process.wait(10)
    assert not answers(url)
    for _ in range(10):
        try:
            postgres.revive()
            break
        except Exception:  # noqa: BLE001, S112  the old backends are still leaving
            continue
    assert answers(url)
