"""From the files of one list to its sorted names and path rules, or a refusal of the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hornbook.district.filtering.lists.formats import FORMATS, Harvest, detect, harvest_lines
from hornbook.district.filtering.lists.guards import CUT_AT, REASONS, Tally
from hornbook.district.filtering.lists.reading import ListRefused, NothingUsable, read_list

AUTO = "auto"
FORMAT_KEYS = (AUTO, *FORMATS)
_RANK = re.compile(rb"^[0-9]+[,\t ]+|,[0-9]+$", re.MULTILINE)
_NOT_NAMES = ("invalid-name", "single-label")
_HOPELESS = 10  # so many lines that are no names to one that is: a page or a table, not a list


@dataclass(frozen=True)
class ParsedList:
    """``names`` and ``urls`` are sorted, unique, one a line, each line ended by ``\\n``."""

    names: bytes
    urls: bytes
    names_count: int
    urls_count: int
    formats: tuple[str, ...]
    refused: Tally = field(repr=False)


def parse_list(files: Iterable[Path], form: str = AUTO) -> ParsedList:
    """Read the files of one list (names and path rules may be two files) as one.

    Raises ListRefused, naming the file, when one of them is refused or holds nothing usable.
    """
    total, formats = Harvest(), []
    for path in files:
        part, used = _parse_file(path, form)
        formats.append(used)
        total.names += part.names
        total.urls += part.urls
        total.refused.merge(part.refused)
    names, urls = sorted(set(total.names)), sorted(set(total.urls))
    return ParsedList(
        _as_lines(names), _as_lines(urls), len(names), len(urls), tuple(formats), total.refused
    )


def parse_popular(path: Path) -> ParsedList:
    """A list of popular names, with or without ranks (``1,example.com``), or of origins."""
    try:
        lines = _RANK.sub(b"", read_list(path)).split(b"\n")
        harvest = harvest_lines(lines, FORMATS["urls"], path.name)
        _refuse_what_is_no_list(harvest)
    except ListRefused as refusal:
        raise ListRefused(f"{path}: {refusal}") from refusal
    names = sorted(set(harvest.names))
    return ParsedList(_as_lines(names), b"", len(names), 0, ("urls",), harvest.refused)


def _parse_file(path: Path, form: str) -> tuple[Harvest, str]:
    try:
        lines = read_list(path).split(b"\n")
        chosen = detect(lines) if form == AUTO else FORMATS[form]
        harvest = harvest_lines(lines, chosen, path.name)
        _drop_cut_names(harvest, path.name)
        _refuse_what_is_no_list(harvest)
    except ListRefused as refusal:
        raise type(refusal)(f"{path}: {refusal}") from refusal
    return harvest, chosen.key


def _drop_cut_names(harvest: Harvest, file: str) -> None:
    """Names of exactly 128 characters are cut off, unless the list shows that it holds longer."""
    long = [name for name in harvest.names if len(name) >= CUT_AT]
    if any(len(name) > CUT_AT for name in long):
        return
    for name in long:
        harvest.refused.add("cut-name", file, name)
    if long:
        harvest.names = [name for name in harvest.names if len(name) < CUT_AT]


def _refuse_what_is_no_list(harvest: Harvest) -> None:
    """Raise ListRefused when nearly all lines are no names, or when none can be used."""
    taken = len(harvest.names) + len(harvest.urls)
    counts = harvest.refused.counts
    wrong = sum(counts[reason] for reason in _NOT_NAMES)
    if wrong > _HOPELESS * max(taken, 1):
        first = next(harvest.refused.examples[r][0] for r in _NOT_NAMES if counts[r])
        raise ListRefused(
            f"it does not look like a list of names: {wrong} of {wrong + taken} lines are none, "
            f"first {first}. If it is one, name its format with --format"
        )
    if not taken and not counts:
        raise NothingUsable("it holds comments only; download it again")
    if not taken:
        reason, count = counts.most_common(1)[0]
        raise NothingUsable(f"none of its entries can be used: {count} × {REASONS[reason]}")


def _as_lines(sorted_unique: list[bytes]) -> bytes:
    return b"".join((b"\n".join(sorted_unique), b"\n")) if sorted_unique else b""
