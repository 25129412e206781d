"""Where compacted files lie: a folder, or any store that speaks S3, named by its URL.

A file appears whole or not at all, and is durable when ``put`` returns. Keys and secrets of an
object store come from its maker's own variables (``AWS_ACCESS_KEY_ID`` …), never from the URL.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hornbook.instance import InstanceError, sync_folder, write_atomically
from hornbook.record.manifest import COMPACTED

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

URL = "compacted.url"  # the file of the record folder that names a store elsewhere
PROTOCOL = "hornbook"  # under which DuckDB is given an object store's files


class StoreError(InstanceError):
    """The store cannot be used; the message says which and what to do."""


class Store(Protocol):
    """Files by relative path (``day=2026-10-05/…``). Methods raise OSError."""

    where: str

    def put(self, path: str, body: bytes) -> None: ...

    def get(self, path: str) -> bytes: ...

    def size(self, path: str) -> int | None:
        """Octets; None when there is no such file."""

    def delete(self, path: str) -> None:
        """Nothing happens where there is none."""

    def paths(self, under: str = "") -> list[str]:
        """All files below, sorted; hidden ones (half-written) left out."""

    def address(self, path: str) -> str:
        """What a query engine is told."""

    def attach(self, connection: Any) -> None:
        """Let that connection to DuckDB read here."""


def open_store(where: str | Path) -> Store:
    """The store of that folder or URL (``s3://bucket/lake?endpoint_override=host:port``).

    Raises StoreError for a URL that cannot be used.
    """
    if isinstance(where, Path) or "://" not in where:
        return FolderStore(Path(where))
    try:
        from pyarrow.fs import FileSystem

        filesystem, base = FileSystem.from_uri(where)
    except (ImportError, ValueError, OSError) as error:
        raise StoreError(
            f"{where} cannot hold the lake ({error}). Name a folder or an s3:// address."
        ) from error
    return ObjectStore(where, filesystem, base)


def store_of(record: Path) -> Store:
    """Where the compacted lake of a record folder lies: ``compacted/``, or what ``URL`` says."""
    pointer = record / URL
    return open_store(pointer.read_text().strip() if pointer.exists() else record / COMPACTED)


class FolderStore:
    """A folder on this machine, or mounted from another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = str(folder)

    def put(self, path: str, body: bytes) -> None:
        target = self.folder / path
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            for parent in target.relative_to(self.folder).parents:
                sync_folder(self.folder / parent)
        write_atomically(target, body)

    def get(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def size(self, path: str) -> int | None:
        try:
            return (self.folder / path).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)

    def paths(self, under: str = "") -> list[str]:
        found = []
        for folder, _, names in os.walk(self.folder / under):
            at = Path(folder).relative_to(self.folder)
            found += [(at / name).as_posix() for name in names if not name.startswith(".")]
        return sorted(found)

    def address(self, path: str) -> str:
        return str(self.folder / path)

    def attach(self, connection: Any) -> None:
        """A folder needs nothing."""


class ObjectStore:
    """Any file system that pyarrow knows by URL; S3 and what speaks it are the ones tested."""

    def __init__(self, where: str, filesystem: FileSystem, base: str) -> None:
        self.where = where.partition("?")[0]
        self._filesystem = filesystem
        self._base = base.rstrip("/")

    def _at(self, path: str) -> str:
        return f"{self._base}/{path}"

    def put(self, path: str, body: bytes) -> None:
        with self._filesystem.open_output_stream(self._at(path)) as stream:
            stream.write(body)

    def get(self, path: str) -> bytes:
        with self._filesystem.open_input_file(self._at(path)) as file:
            return bytes(file.read())

    def size(self, path: str) -> int | None:
        found = self._filesystem.get_file_info(self._at(path))
        return found.size if found.is_file else None

    def delete(self, path: str) -> None:
        if self.size(path) is not None:
            self._filesystem.delete_file(self._at(path))

    def paths(self, under: str = "") -> list[str]:
        from pyarrow.fs import FileSelector

        selector = FileSelector(self._at(under).rstrip("/"), allow_not_found=True, recursive=True)
        found = self._filesystem.get_file_info(selector)
        start = len(self._base) + 1
        return sorted(one.path[start:] for one in found if one.is_file)

    def address(self, path: str) -> str:
        return f"{PROTOCOL}://{self._at(path)}"

    def attach(self, connection: Any) -> None:
        from fsspec.implementations.arrow import ArrowFSWrapper

        class Wrapped(ArrowFSWrapper):  # type: ignore[misc]  # fsspec has no types
            protocol = PROTOCOL
            cachable = False

            @classmethod
            def _strip_protocol(cls, path: str) -> str:
                return path.removeprefix(f"{PROTOCOL}://")  # pyarrow's paths begin with the bucket

        connection.register_filesystem(Wrapped(self._filesystem))
