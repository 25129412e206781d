"""Small list files, and an import of them as the command makes it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from hornbook.district.filtering.lists.actions import Imported, import_lists
from hornbook.district.filtering.lists.batch import read_batch, read_popular
from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.ledger.actions import Actor
from hornbook.instance import Instance

ACTOR = Actor("Ida Itwell")
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a list file below the test's folder; a name that ends in .gz is compressed."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        body = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
        return path

    return written


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance.at(tmp_path / "instance")


class TakeIn(Protocol):
    def __call__(
        self,
        path: Path,
        category: str | None = "games",
        *,
        popular: bool = False,
        accept_change: bool = False,
        dry_run: bool = False,
    ) -> Imported: ...


@pytest.fixture
def take_in(policy_in_force: object, instance: Instance) -> TakeIn:
    """Import a path under a policy in force."""

    def imported(
        path: Path,
        category: str | None = "games",
        *,
        popular: bool = False,
        accept_change: bool = False,
        dry_run: bool = False,
    ) -> Imported:
        batch = read_popular(path) if popular else read_batch(path, category=category)
        assert not batch.refused
        shelf = Shelf.of(instance, keep=not dry_run)
        return import_lists(batch, shelf, actor=ACTOR, accept_change=accept_change, dry_run=dry_run)

    return imported


def numbered(count: int, word: str = "name") -> str:
    """So many different names, one a line."""
    return "".join(f"{word}{number}.example\n" for number in range(count))
