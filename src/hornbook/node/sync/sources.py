"""Where parts come from: a console, a folder, or an object store.

All of them hold the same two things: ``current.json`` (the publication in force) and
``<hash>.part``. A console's ``parts/`` folder, mounted or copied, is a source as it stands.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

from hornbook.instance import InstanceError
from hornbook.node.partstore import Current, publication_of

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

MAX_CURRENT = 64 * 1024  # octets; it really has about 300
PIECE = 2**20


class SourceError(Exception):
    """The source cannot be asked or says something impossible; the words say what to do."""


class Source(Protocol):
    """Raises SourceError or OSError from every method."""

    def current(self) -> Current | None:
        """The publication in force there; None when it is still the one told last."""

    def part(self, part: str) -> Generator[bytes, None, None]:
        """The octets of a part, in pieces. They are not verified here."""

    def report(self, facts: dict[str, Any]) -> None:
        """Tell the console how this node is; a source without a console ignores it."""


def open_source(where: str, token: str = "") -> Source:
    """The source that ``--from`` names. Raises InstanceError for one that cannot be used."""
    scheme = check_source(where)
    if scheme in ("http", "https"):
        from hornbook.node.sync.web import WebSource

        return WebSource(where, token)
    return StoreSource.at(where) if scheme else FolderSource(Path(where))


def check_source(where: str) -> str:
    """The scheme of ``where``, "" for a folder. Raises InstanceError for what is not allowed."""
    try:
        parts = urlsplit(where)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InstanceError(f"“{where}” is no address ({error}).") from error
    if not where:
        raise InstanceError("Say where the parts come from: --from https://CONSOLE/parts/")
    if "://" not in where:
        return ""
    if "@" in parts.netloc:
        raise InstanceError(
            "An address is remembered and shown, so it must hold no key. Give a console's token "
            "with --token-file, and a store's keys in the variables of its maker (AWS_…)."
        )
    if parts.scheme in ("http", "https"):
        _check_web(where, parts.scheme, host)
    elif "http" in parse_qs(parts.query).get("scheme", []):
        _check_store(where, parts.query)
    return parts.scheme


def _check_web(where: str, scheme: str, host: str) -> None:
    if not host:
        raise InstanceError(f"“{where}” names no host. Write https://CONSOLE/parts/")
    if scheme == "http" and not is_loopback(host):
        raise InstanceError(
            f"{where} would send this node's token and the rules over the network in the clear. "
            f"Put TLS in front of the console and use https://{host}/parts/ instead."
        )


def _check_store(where: str, query: str) -> None:
    """A store's own ``scheme=http`` is for a store on this machine."""
    endpoint = parse_qs(query).get("endpoint_override", [""])[-1]
    if not is_loopback(urlsplit(f"//{endpoint}").hostname or ""):
        raise InstanceError(f"{where} would move the rules in the clear: leave scheme=http out.")


def is_loopback(host: str) -> bool:
    """``localhost``, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_current(body: bytes, where: str) -> Current:
    """The publication in ``body``. Raises SourceError when it tells none."""
    try:
        found = publication_of(json.loads(body)) if len(body) <= MAX_CURRENT else None
    except ValueError:
        found = None
    if found is None:
        raise SourceError(f"{where} tells no publication. Is it the parts of a Hornbook console?")
    return found


class FolderSource:
    """A folder on this machine, or mounted from another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Current | None:
        path = self.folder / "current.json"
        with path.open("rb") as file:
            return read_current(file.read(MAX_CURRENT + 1), str(path))

    def part(self, part: str) -> Generator[bytes, None, None]:
        with (self.folder / f"{part}.part").open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def report(self, facts: dict[str, Any]) -> None:
        """Nobody reads reports in a folder."""


class StoreSource:
    """An object store, through pyarrow: ``s3://bucket/parts``, ``gs://…``, ``file:///…``."""

    def __init__(self, filesystem: FileSystem, base: str) -> None:
        self._filesystem = filesystem
        self._base = base.rstrip("/")

    @classmethod
    def at(cls, where: str) -> StoreSource:
        """Raises InstanceError when this build of pyarrow does not know the store."""
        try:
            from pyarrow.fs import FileSystem

            return cls(*FileSystem.from_uri(where))
        except (ImportError, ValueError, OSError) as error:
            raise InstanceError(
                f"{where} cannot be used as a source ({error}). "
                "Use https://CONSOLE/parts/, a folder, or an s3:// address."
            ) from error

    def current(self) -> Current | None:
        path = f"{self._base}/current.json"
        with self._filesystem.open_input_stream(path) as stream:
            return read_current(stream.read(MAX_CURRENT + 1), path)

    def part(self, part: str) -> Generator[bytes, None, None]:
        with self._filesystem.open_input_stream(f"{self._base}/{part}.part") as stream:
            while piece := stream.read(PIECE):
                yield piece

    def report(self, facts: dict[str, Any]) -> None:
        """Nobody reads reports in a store."""
