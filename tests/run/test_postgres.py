"""A real PostgreSQL that asks for the password that only the instance knows."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from hornbook.instance import Instance, InstanceError
from hornbook.run.postgres import URL_VARIABLE, Postgres, answers, ensure_database, given_url


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


def test_killed_users_do_not_keep_the_server_running(running: tuple[Postgres, str]) -> None:
    postgres, _ = running
    users = postgres.instance.postgres / ".handle_pids.json"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    users.write_text(f"[{os.getpid()}, {ended.pid}]")
    postgres._forget_the_dead()
    assert users.read_text() == f"[{os.getpid()}]"


def test_another_process_with_the_old_number_is_not_taken_for_the_server(tmp_path: Path) -> None:
    """After a restart of the machine, the noted number may be anybody's."""
    postgres = Postgres(Instance(tmp_path))
    postgres.instance.postgres.mkdir()
    noted = postgres.instance.postgres / "postmaster.pid"
    noted.write_text(f"{os.getpid()}\n{tmp_path}\n")
    postgres._forget_the_dead()
    assert not noted.exists()


def test_any_usual_name_of_a_folder_will_do() -> None:
    """Spaces reach a shell; long names do not fit into the address of a socket."""
    name = "Über uns und 'mehr'/" + "d" * 110
    with tempfile.TemporaryDirectory(prefix="hornbook-pg-") as folder:
        postgres = Postgres(Instance(Path(folder) / name))
        try:
            assert answers(postgres.start())
        finally:
            postgres.stop()


def test_a_name_that_a_shell_would_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="Choose another folder with --data DIR"):
        Postgres(Instance(tmp_path / "$(touch ran)")).start()


@pytest.mark.parametrize(
    "url", ["mysql://u:pw@h/x", "postgresql://u:pw@h:port/x", "postgresql://h"]
)
def test_what_is_no_address_of_a_database_is_refused_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)
    with pytest.raises(InstanceError, match="HORNBOOK_DATABASE_URL is not the address") as caught:
        given_url()
    assert "pw" not in str(caught.value)


def test_an_empty_address_means_the_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "")
    assert given_url() is None


def test_a_slip_in_the_name_of_the_folder_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URL_VARIABLE, "")
    monkeypatch.setattr(Postgres, "start", lambda self: "postgresql:///hornbook")
    ensure_database(Instance(tmp_path / "slip"))
    assert f"a new, empty instance begins in {tmp_path / 'slip'}" in capsys.readouterr().err
    (tmp_path / "slip" / "pg").mkdir(parents=True)
    monkeypatch.setenv(URL_VARIABLE, "")
    ensure_database(Instance(tmp_path / "slip"))
    assert capsys.readouterr().err == ""
