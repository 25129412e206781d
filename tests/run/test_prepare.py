"""A command gets its database ready by itself, or says in one sentence why not."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest


def hornbook(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HORNBOOK_")}
    inherited.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-m", "hornbook.cli", *words],
        capture_output=True,
        text=True,
        timeout=90,
        env={**inherited, **environment},
        check=False,
    )


def test_a_command_on_a_folder_that_never_ran_finds_an_empty_district() -> None:
    with tempfile.TemporaryDirectory(prefix="hornbook-") as folder:
        done = hornbook("ledger", "verify", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert "0 leaves" in done.stdout


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = hornbook(
        "ledger",
        "verify",
        "--data",
        str(tmp_path),
        HORNBOOK_DATABASE_URL="postgresql://nobody:x@127.0.0.1:9/none",
    )
    assert done.returncode == 2
    assert "The database does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("explain",), ("import", "lists")])
def test_help_needs_no_database(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = hornbook(*words, "--help", "--data", str(tmp_path))
    assert done.returncode == 0
    assert "usage: hornbook" in done.stdout
    assert not (tmp_path / "pg").exists()


def test_two_commands_at_once_on_a_new_folder_both_succeed() -> None:
    with tempfile.TemporaryDirectory(prefix="hornbook-") as folder, ThreadPoolExecutor() as pool:
        words = ("ledger", "verify", "--data", folder)
        done = list(pool.map(lambda _: hornbook(*words), range(3)))
    assert [d.returncode for d in done] == [0, 0, 0], [d.stderr for d in done]
