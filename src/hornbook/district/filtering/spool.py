"""What people wrote at a node, from its files into rows: once each, however often it arrives.

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
from django.db import IntegrityError, models, transaction

from hornbook.district.ledger.actions import SYSTEM, Actor
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
    """One folder. ``read`` makes an unsaved row of a file's facts, ``keep`` is the action.

    Two files say the ``same`` when these fields of their rows do.
    """

    name: str
    model: type[Row]
    read: Callable[[Mapping[str, Any], str], Row]
    keep: Callable[..., Row]
    same: tuple[str, ...]

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

    def take(self, body: bytes, receipt: str, *, actor: Actor = SYSTEM) -> None:
        """Keep what was written under that receipt; what is here already changes nothing.

        Raises BadFile for what cannot be read, and for something else under a known receipt.
        """
        row = self._read(body, receipt)
        try:
            with transaction.atomic():
                if not self._known(receipt).exists():
                    self.keep(row, actor=actor)
                    return
        except IntegrityError:
            if not self._known(receipt).exists():  # else it arrived twice at the same moment
                raise
        known = self._known(receipt).get()
        if any(getattr(known, name) != getattr(row, name) for name in self.same):
            raise BadFile(f"something else has the receipt {receipt}")

    def _known(self, receipt: str) -> models.QuerySet[Row]:
        found: models.QuerySet[Row] = self.model._default_manager.filter(receipt=receipt)
        return found

    def _fetch(self, path: Path) -> str:
        """The row is committed before the file goes, so a crash between leaves a file, no loss."""
        try:
            body = path.read_bytes()
        except OSError as error:
            raise BadFile(f"it cannot be read ({error})") from error
        self.take(body, path.stem)
        path.unlink(missing_ok=True)
        return path.stem

    def _read(self, body: bytes, receipt: str) -> Row:
        try:
            told = {name: _kept(value) for name, value in json.loads(body).items()}
            if told["receipt"] != receipt or not _RECEIPT.fullmatch(receipt):
                raise ValueError(f"the receipt {told['receipt']} is not the file's name")
            return self.read(told, receipt)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadFile(f"it cannot be read ({type(error).__name__}: {error})") from error

    def _set_aside(self, path: Path, error: BadFile) -> None:
        log.error("%s: %s; it was moved to %s", path, error, self.aside)
        self.aside.mkdir(exist_ok=True)
        path.replace(self.aside / path.name)


def _kept(value: Any) -> Any:
    """Text without what a database cannot keep: NUL and lone surrogates."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


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
