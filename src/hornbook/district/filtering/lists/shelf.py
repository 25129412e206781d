"""Where the names of lists are kept: files of the data folder, called by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from hornbook.district.filtering.lists.parse import ParsedList
from hornbook.instance import Instance, InstanceError, write_atomically


class ShelfError(InstanceError):
    """A list's file is gone or was changed; the message says how to bring it back."""


def content_address(names: bytes, urls: bytes) -> str:
    """SHA-256 of the names alone, or of names, NUL and path rules where there are any."""
    body = hashlib.sha256(names)
    if urls:
        body.update(b"\0" + urls)
    return body.hexdigest()


@dataclass
class Shelf:
    """``<sha256>.names`` and, where a list has path rules, ``<sha256>.urls``.

    With ``keep=False`` (a dry run) what is put is only remembered, and no file is written.
    """

    folder: Path
    keep: bool = True
    _put: dict[str, tuple[bytes, bytes]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, instance: Instance, *, keep: bool = True) -> Shelf:
        return cls(instance.lists, keep)

    def put(self, parsed: ParsedList) -> str:
        """Keep the list and return its address. Putting the same content again changes nothing."""
        address = content_address(parsed.names, parsed.urls)
        self._put[address] = parsed.names, parsed.urls
        if self.keep:
            if parsed.urls:
                _write_once(self.folder / f"{address}.urls", parsed.urls)
            _write_once(self.folder / f"{address}.names", parsed.names)
        return address

    def names(self, address: str) -> bytes:
        """The names of a list, one a line. Raises ShelfError when the file is not what was put."""
        return self.lists(address)[0]

    def lists(self, address: str) -> tuple[bytes, bytes]:
        """Names and path rules of a list, one a line. Raises ShelfError as above."""
        if address in self._put:
            return self._put[address]
        path = self.folder / f"{address}.names"
        beside = self.folder / f"{address}.urls"
        try:
            names = path.read_bytes()
            urls = beside.read_bytes() if beside.exists() else b""
            intact = address == content_address(names, urls)
        except OSError as error:
            raise ShelfError(
                f"{path} is gone ({error.strerror}); import the list again."
            ) from error
        if not intact:
            raise ShelfError(f"{path} was changed; remove it and import the list again.")
        return names, urls


def _write_once(path: Path, body: bytes) -> None:
    """An intact file stays as it is; a damaged one is replaced."""
    if not path.exists() or path.read_bytes() != body:
        write_atomically(path, body)
