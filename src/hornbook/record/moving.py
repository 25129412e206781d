"""Move the compacted lake to another store, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from hornbook.instance import write_atomically
from hornbook.record.compaction import compactor
from hornbook.record.segments import RecordError
from hornbook.record.store import URL, FolderStore, open_store
from hornbook.record.verify import verify_record


def move(record: Path, where: str) -> int:
    """Copy the lake to ``where``, check it there, and point the record at it; files copied.

    Raises RecordError when something there is not what it should be: then nothing changes.
    """
    new = open_store(where)
    with compactor(record) as lake:
        if new.paths("changes") and new.where != lake.store.where:
            raise RecordError(f"There is a lake at {new.where} already. Choose an empty place.")
        paths = [path for path in lake.store.paths() if path.startswith(("day=", "changes/"))]
        for path in paths:
            new.put(path, lake.store.get(path))
        problems = verify_record(record, new)
        if problems:
            raise RecordError(f"The copy is not whole, so nothing was changed: {problems[0]}")
        address = str(new.folder.resolve()) if isinstance(new, FolderStore) else where
        write_atomically(record / URL, address.encode())
    return len(paths)
