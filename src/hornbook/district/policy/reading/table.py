"""A reviewed key table: where each clause begins, its key, force, holder and plain line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hornbook.district.policy.reading.blocks import PolicyRefused, tidy
from hornbook.district.policy.reading.draft import Cut, Part
from hornbook.district.policy.reading.layout import Unit, runs
from hornbook.district.policy.reading.verbs import FORCES, HOLDERS

KEY = re.compile(r"[A-Z][A-Z0-9]{0,14}-[1-9]\d{0,3}")
_NEEDED = ("key", "force", "holder", "starts_with")
_ALLOWED = {*_NEEDED, "ends_with", "plain"}


@dataclass(frozen=True)
class Row:
    """``starts_with`` are the first words of the clause; ``ends_with``, if any, its last ones."""

    line: int
    key: str
    force: str
    holder: str
    starts_with: str
    ends_with: str = ""
    plain: str = ""

    def __str__(self) -> str:
        return f"line {self.line} ({self.key})"


def read_table(path: Path) -> list[Row]:
    """The rows of a UTF-8 CSV file with a header line. Raises PolicyRefused naming the line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PolicyRefused(f"cannot read the key table {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PolicyRefused(f"the key table {path} is not UTF-8 at byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_columns(path, reader.fieldnames or [])
        rows = [_row(path, reader.line_num, raw) for raw in reader]
    except csv.Error as error:
        raise PolicyRefused(f"{path}, line {reader.line_num}: {error}") from error
    _check_keys_once(path, rows)
    return rows


def _check_columns(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in names]
    unknown = [name for name in names if name not in _ALLOWED]
    if missing or unknown:
        found = f"missing: {', '.join(missing)}" if missing else f"unknown: {', '.join(unknown)}"
        raise PolicyRefused(
            f"{path}, line 1: {found}. The columns are {', '.join(_NEEDED)}, and if you like "
            "ends_with and plain"
        )


def _row(path: Path, line: int, raw: dict[str, str | None]) -> Row:
    if None in raw or None in raw.values():
        raise PolicyRefused(f"{path}, line {line}: more or fewer fields than the header has")
    cells = {name: tidy(value or "") for name, value in raw.items()}
    row = Row(line=line, **cells)
    for wrong, words in (
        (not KEY.fullmatch(row.key), f"“{row.key}” is no key such as CRD-3"),
        (row.force not in FORCES, f"force “{row.force}” is none of {', '.join(sorted(FORCES))}"),
        (
            row.holder not in HOLDERS,
            f"holder “{row.holder}” is none of {', '.join(sorted(HOLDERS))}",
        ),
        (not row.starts_with, "starts_with is empty"),
    ):
        if wrong:
            raise PolicyRefused(f"{path}, {row}: {words}")
    return row


def _check_keys_once(path: Path, rows: Sequence[Row]) -> None:
    if not rows:
        raise PolicyRefused(f"{path} holds no row")
    seen: dict[str, Row] = {}
    for row in rows:
        if row.key in seen:
            raise PolicyRefused(f"{path}, {row}: the key stands in line {seen[row.key].line} too")
        seen[row.key] = row


Place = tuple[int, int]
"""Which text unit, and the offset in it."""


def cut_by_table(units: Sequence[Unit], rows: Sequence[Row]) -> list[tuple[Row, Cut]]:
    """One cut a row, in order; each runs to the next row's beginning or to the next structure.

    Raises PolicyRefused when a row is not found in order, when its last words differ, or when
    text after a heading or a lead stands before the first row of its stretch.
    """
    text_units = [unit for unit in units if unit.kind == "text"]
    starts = _places(text_units, rows)
    number = {id(unit): index for index, unit in enumerate(text_units)}
    made: dict[int, Cut] = {}
    for run in runs(units):
        current: int | None = None
        for unit in run:
            here = [(r, at[1]) for r, at in enumerate(starts) if at[0] == number[id(unit)]]
            for r, begins, text in _slices(unit, here, current):
                current = r
                made.setdefault(r, Cut()).parts.append(Part(unit, text, begins))
    cuts = [(row, made[index]) for index, row in enumerate(rows)]
    _check_ends(cuts)
    return cuts


def _slices(
    unit: Unit, here: Sequence[tuple[int, int]], current: int | None
) -> Iterator[tuple[int, bool, str]]:
    """Row, whether the slice begins the unit, and its words."""
    first = here[0][1] if here else len(unit.text)
    if first > 0:
        if current is None:
            raise PolicyRefused(
                f"{unit.where}: no row of the key table covers “{unit.text[:60]}…” "
                f"(section “{unit.section}”). Add a row, or begin a neighbouring row earlier"
            )
        yield current, True, unit.text[:first].strip()
    ends = [*(at for _, at in here[1:]), len(unit.text)]
    for (r, at), end in zip(here, ends, strict=False):  # no row begins here: one end is left over
        yield r, at == 0, unit.text[at:end].strip()


def _places(units: Sequence[Unit], rows: Sequence[Row]) -> list[Place]:
    places: list[Place] = []
    after: Place = (0, 0)
    for index, row in enumerate(rows):
        found = _find(units, row.starts_with, after)
        if found is None:
            raise PolicyRefused(_not_found(units, row, rows[index - 1] if index else None))
        places.append(found)
        after = (found[0], found[1] + 1)
    return places


def _find(units: Sequence[Unit], words: str, after: Place) -> Place | None:
    """The first place at or after ``after`` where ``words`` begin a word."""
    pattern = re.compile(r"(?<!\S)" + re.escape(words))
    for index in range(after[0], len(units)):
        match = pattern.search(units[index].text, after[1] if index == after[0] else 0)
        if match:
            return index, match.start()
    return None


def _not_found(units: Sequence[Unit], row: Row, before: Row | None) -> str:
    if before is not None and _find(units, row.starts_with, (0, 0)):
        return f"{row}: “{row.starts_with}” stands before {before}; the rows are out of order"
    return f"{row}: “{row.starts_with}” is not found in the text" + (
        f" after {before}" if before else ""
    )


def _check_ends(cuts: Iterable[tuple[Row, Cut]]) -> None:
    for row, cut in cuts:
        if row.ends_with and not tidy(cut.official).endswith(row.ends_with):
            raise PolicyRefused(
                f"{row}: the clause ends with “…{tidy(cut.official)[-40:]}”, "
                f"not with “{row.ends_with}”"
            )
