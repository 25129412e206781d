"""Get the CSV files out of a folder, a zip or a single file, without trusting any of them.

Nothing is ever unpacked to disk, so that a member named ``../../etc/passwd`` has nowhere to
go; such an archive is refused all the same, because it was made to harm. Members are read
with a bound on the bytes that really come out, whatever the archive's directory claims.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hornbook.district.people.roster.rows import RosterError

MAX_FILE = 256 * 2**20
MAX_TOTAL = 512 * 2**20
MAX_MEMBERS = 500
MAX_RATIO = 200
_RATIO_MATTERS_ABOVE = 2**20
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Delivery:
    """The files by base name in their original bytes, and one SHA-256 over all of them."""

    name: str
    files: dict[str, bytes]

    @property
    def sha256(self) -> str:
        """Of name, length and bytes of every file in the order of names: zip or folder alike."""
        digest = hashlib.sha256()
        for name, body in sorted(self.files.items()):
            digest.update(f"{name}\0{len(body)}\0".encode())
            digest.update(body)
        return digest.hexdigest()


def open_delivery(path: Path) -> Delivery:
    """Read every ``.csv`` at ``path`` (a folder, a zip, or one CSV file).

    Raises RosterError when there is nothing, too much, or something that must not be there.
    """
    try:
        if path.is_dir():
            files = _from_folder(path)
        elif _is_zip(path):
            files = _from_zip(path)
        else:
            files = {path.name: _read_bounded(path)}
    except OSError as error:
        raise RosterError(
            f"{path} cannot be read: {error.strerror or error}. Check the path and its permissions."
        ) from error
    if not files:
        raise RosterError(f"{path} holds no .csv file. Name the folder or zip of the export.")
    return Delivery(path.name, files)


def _is_zip(path: Path) -> bool:
    """Also a truncated one, which lacks the directory at its end."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04" or zipfile.is_zipfile(path)


def _read_bounded(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE:
        raise RosterError(_too_big(path.name))
    return path.read_bytes()


def _too_big(name: str) -> str:
    return f"{name} is larger than {MAX_FILE // 2**20} MB. Export it in smaller parts (delta)."


def _from_folder(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in sorted(_root_of_folder(folder).iterdir()):
        if path.suffix.lower() == ".csv" and path.is_file():
            files[path.name] = _read_bounded(path)
            _check_total(files)
    return files


def _root_of_folder(folder: Path) -> Path:
    """The folder itself, or its only sub-folder where an export was unpacked one level deep."""
    inner = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    return inner[0] if len(inner) == 1 and inner[0].is_dir() else folder


def _check_total(files: dict[str, bytes]) -> None:
    if sum(map(len, files.values())) > MAX_TOTAL:
        raise RosterError(
            f"The files are larger than {MAX_TOTAL // 2**20} MB together. "
            "Export in smaller parts (delta)."
        )


def _from_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            files: dict[str, bytes] = {}
            for member in members:
                files[PurePosixPath(member.filename).name] = _inflate(archive, member)
                _check_total(files)
            return files
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise RosterError(f"{path.name} is a damaged zip: {error}. Export it again.") from error


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise RosterError(f"The zip holds {len(entries)} members; an export has at most 20.")
    for entry in entries:
        _check_member(entry)
    tables = [entry for entry in entries if _is_table(entry)]
    folders = {str(PurePosixPath(entry.filename).parent) for entry in tables}
    if len(folders) > 1:
        raise RosterError(
            f"The zip holds tables in several folders ({', '.join(sorted(folders))}). "
            "Put all of them at its root."
        )
    if len({entry.filename for entry in tables}) != len(tables):
        raise RosterError("The zip holds two members of the same name. Export it again.")
    return tables


def _is_table(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return path.suffix.lower() == ".csv" and not entry.is_dir() and not hidden


def _check_member(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        raise RosterError(
            f"The zip holds a member named “{entry.filename}”, which points outside it. "
            "Do not trust this file; ask its sender for a new export."
        )
    if entry.flag_bits & _ENCRYPTED:
        raise RosterError(f"{entry.filename} in the zip is encrypted. Export without a password.")
    if entry.file_size > MAX_FILE:
        raise RosterError(_too_big(entry.filename))
    swollen = entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
    if swollen and entry.file_size > _RATIO_MATTERS_ABOVE:
        raise RosterError(
            f"{entry.filename} unpacks to more than {MAX_RATIO} times its size, as a zip bomb "
            "does. Ask for the export as a folder."
        )


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        body = file.read(MAX_FILE + 1)
    if len(body) > MAX_FILE:
        raise RosterError(_too_big(member.filename))
    return body
