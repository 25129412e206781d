"""What people wrote at a node, from its files into rows: once each, however often a crash repeats.

One file a receipt, ``spool/<folder>/<receipt>.json``. What cannot be read is set aside.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models, transaction

from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.people.models import Person

log = logging.getLogger(__name__)
_RECEIPT = re.compile(r"[0-9A-Za-z-]{4,40}")
Row = TypeVar("Row", bound=models.Model)


class BadFile(ValueError):
    """A file does not hold what it should; the message says what is wrong with it."""


@dataclass(frozen=True)
class Fetched:
    """Receipts that became rows, and files that were set aside with the reason."""

    taken: tuple[str, ...]
    aside: dict[str, str]


@dataclass(frozen=True)
class Spool(Generic[Row]):
    """One folder. ``read`` makes an unsaved row of a file's facts, ``keep`` is the action."""

    name: str
    model: type[Row]
    read: Callable[[Mapping[str, Any], str], Row]
    keep: Callable[..., Row]

    @property
    def folder(self) -> Path:
        root: Path = settings.INSTANCE.spool
        return root / self.name

    @property
    def aside(self) -> Path:
        """Where files wait that cannot be read, for somebody to look at them."""
        return self.folder / "aside"

    def fetch(self) -> Fetched:
        taken, aside = [], {}
        for path in sorted(self.folder.glob("*.json")):
            try:
                taken.append(self._fetch(path))
            except BadFile as error:
                aside[path.name] = str(error)
                self._set_aside(path, error)
        return Fetched(tuple(taken), aside)

    def files_aside(self) -> int:
        return sum(1 for _ in self.aside.glob("*.json"))

    def _fetch(self, path: Path) -> str:
        """The row is committed before the file goes, so a crash between leaves a file, no loss."""
        row = self._read(path)
        with transaction.atomic():
            if not self.model._default_manager.filter(receipt=path.stem).exists():
                self.keep(row, actor=SYSTEM)
        path.unlink(missing_ok=True)
        return path.stem

    def _read(self, path: Path) -> Row:
        try:
            told = json.loads(path.read_bytes())
            if told["receipt"] != path.stem or not _RECEIPT.fullmatch(path.stem):
                raise ValueError(f"the receipt {told['receipt']} is not the file's name")
            return self.read(told, path.stem)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadFile(f"{path} cannot be read ({type(error).__name__}: {error})") from error

    def _set_aside(self, path: Path, error: BadFile) -> None:
        log.error("%s; it was moved to %s", error, self.aside)
        self.aside.mkdir(exist_ok=True)
        path.replace(self.aside / path.name)


def person_in(told: Mapping[str, Any]) -> Person | None:
    return Person.objects.filter(key=UUID(told["person"])).first() if told["person"] else None


def label_of(person: Person | None) -> str:
    return str(person) if person else "Nobody known at that address"


def moment_in(told: Mapping[str, Any], field: str) -> datetime:
    """Raises ValueError for a time without a zone."""
    at = datetime.fromisoformat(told[field])
    if at.tzinfo is None:
        raise ValueError(f"{field} names no time zone")
    return at
