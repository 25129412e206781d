"""CSV text to rows, strictly: UTF-8, RFC 4180 quoting, a header, and true line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from hornbook.district.people.roster.rows import Findings, Refusal, Refused, RosterError

MAX_FIELD = 4_000
EARLIEST = date(1900, 1, 1)
T = TypeVar("T")

Fields = dict[str, str]


@dataclass(frozen=True)
class Table:
    """One file: ``rows`` gives (line where the row begins, its raw fields)."""

    file: str
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]


def decode(file: str, body: bytes) -> str:
    """The text of a file, without its byte order mark. Raises RosterError naming the line."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RosterError(f"{file} is UTF-16. Save it as “CSV UTF-8” and import again.")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise RosterError(
            f"{file}, line {line}: byte 0x{body[error.start]:02X} is not UTF-8. "
            "Save the file as “CSV UTF-8” and import again."
        ) from error


def read_table(file: str, body: bytes, delimiter: str = ",") -> Table:
    """Header and rows of a CSV file. Raises RosterError for anything that is not CSV."""
    reader = csv.reader(
        io.StringIO(decode(file, body), newline=""), delimiter=delimiter, strict=True
    )
    lines = _numbered(file, reader)
    _, header = next(lines, (0, []))
    columns = tuple(name.strip() for name in header)
    if not any(columns):
        raise RosterError(f"{file} is empty. Its first line must name the columns.")
    doubled = {name for name in columns if name and columns.count(name) > 1}
    if doubled:
        raise RosterError(f"{file} names the column “{min(doubled)}” twice. Remove one of them.")
    return Table(file, columns, list(lines))


def _numbered(file: str, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line at which it begins (quoted text may run on)."""
    before = 0
    try:
        for fields in reader:
            if any(fields):
                yield before + 1, fields
            before = reader.line_num  # type: ignore[attr-defined]
    except csv.Error as error:
        raise RosterError(
            f"{file}, line {before + 1}: this is not CSV ({error}). Look for a lone quotation mark."
        ) from error


def pick(table: Table, wanted: Sequence[str], required: Sequence[str]) -> dict[str, int]:
    """Where each wanted column stands, whatever its capitals.

    Raises RosterError naming every required column that is missing.
    """
    places = {name.lower(): index for index, name in enumerate(table.columns)}
    missing = [name for name in required if name.lower() not in places]
    if missing:
        raise RosterError(
            f"{table.file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}. "
            f"It has: {', '.join(table.columns)}."
        )
    return {name: places[name.lower()] for name in wanted if name.lower() in places}


def parse_rows(
    table: Table,
    places: dict[str, int],
    parse: Callable[[int, Fields], T],
    findings: Findings,
) -> list[T]:
    """``parse(line, fields)`` of every row; a row that it refuses is written down and left out.

    A column that is missing is missing in ``fields``. White space in a field becomes one space.
    """
    found: list[T] = []
    width = len(table.columns)
    for line, raw in table.rows:
        try:
            _check_shape(raw, width)
            fields = {name: " ".join(raw[index].split()) for name, index in places.items()}
            found.append(parse(line, fields))
        except Refused as why:
            findings.refusals.append(Refusal(table.file, line, why.reason, why.remedy))
    findings.rows += len(table.rows)
    return found


def _check_shape(raw: list[str], width: int) -> None:
    if len(raw) != width:
        raise Refused(
            f"it has {len(raw)} fields where the header has {width}",
            "Put quotation marks around fields that hold a comma.",
        )
    for text in raw:
        if len(text) > MAX_FIELD:
            raise Refused(f"a field is longer than {MAX_FIELD} characters", "Shorten it.")
        if "\0" in text:
            raise Refused("a field holds a NUL character", "Export the file again.")


def need(fields: Fields, name: str, limit: int) -> str:
    """The field ``name``, which must not be empty nor longer than ``limit`` characters."""
    value = fields.get(name, "")
    if not value:
        raise Refused(f"{name} is empty", "Fill it in at its source.")
    return bounded(name, value, limit)


def bounded(name: str, value: str, limit: int) -> str:
    if len(value) > limit:
        raise Refused(f"{name} is longer than {limit} characters", "Shorten it at its source.")
    return value


def to_date(name: str, value: str) -> date | None:
    """An ISO 8601 date (a time after it is ignored), or None for an empty field."""
    if not value:
        return None
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        raise Refused(f"{name} “{value}” is not a date", "Write it as YYYY-MM-DD.") from None
    if day < EARLIEST:
        raise Refused(f"{name} “{value}” is before 1900", "Correct it at its source.")
    return day


def in_order(starts_on: date | None, ends_on: date | None) -> None:
    if starts_on and ends_on and ends_on < starts_on:
        raise Refused(f"it ends ({ends_on}) before it begins ({starts_on})", "Correct the dates.")


def to_email(value: str) -> str:
    """The address in lower case; empty stays empty."""
    if not value:
        return ""
    local, at, domain = value.rpartition("@")
    if not (local and at and domain) or " " in value or len(value) > 254:
        raise Refused(f"“{value[:80]}” is not an e-mail address", "Correct or empty it.")
    return value.lower()
