"""Everything that one import reads, before anything is changed: no database, no writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hornbook.district.filtering.lists.known import known, without_date
from hornbook.district.filtering.lists.parse import AUTO, ParsedList, parse_list, parse_popular
from hornbook.district.filtering.lists.reading import ListRefused, NothingUsable, read_list
from hornbook.district.filtering.lists.survey import (
    FoundList,
    LeftOut,
    survey_file,
    survey_folder,
)


@dataclass
class Batch:
    """``lists`` can be stored; ``refused`` files change nothing; ``left_out`` are no lists.

    ``unknown`` are lists whose category nobody knows; they were not read.
    """

    lists: list[tuple[FoundList, ParsedList]] = field(default_factory=list)
    popular: list[tuple[str, Path, ParsedList]] = field(default_factory=list)
    refused: list[LeftOut] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    unknown: list[FoundList] = field(default_factory=list)


def read_batch(
    path: Path,
    *,
    category: str | None = None,
    form: str = AUTO,
    source: str | None = None,
    all_categories: bool = False,
) -> Batch:
    """Read one list file or every list of a folder.

    ``all_categories`` also takes lists whose category nobody knows, under their own name.
    Raises ListRefused when ``path`` itself is nothing to read.
    """
    if not path.exists():
        raise ListRefused(f"{path}: there is no such file or folder")
    folder = path.is_dir()
    survey = survey_folder(path, category) if folder else survey_file(path, category, source)
    batch = Batch(left_out=list(survey.left_out))
    for file in survey.popular:
        _add_popular_of_folder(batch, file)
    for found in survey.lists:
        if all_categories:
            found.category = found.category or found.key
        _add_list(batch, found, form)
    return batch


def read_popular(path: Path) -> Batch:
    """Popular names that a person chose, however many."""
    files = [f for f in sorted(path.rglob("*")) if f.is_file()] if path.is_dir() else [path]
    batch = Batch()
    for file in files:
        _add_popular(batch, file)
    return batch


def _add_list(batch: Batch, found: FoundList, form: str) -> None:
    if found.category is None:
        batch.unknown.append(found)
        return
    try:
        batch.lists.append((found, parse_list(found.files, form)))
    except NothingUsable as reason:
        batch.left_out.append(LeftOut(found.files[0], str(reason)))
    except ListRefused as refusal:
        batch.refused.append(LeftOut(found.files[0], str(refusal)))


def _add_popular_of_folder(batch: Batch, file: Path) -> None:
    most = known()["popular"]["most"]
    try:
        lines = read_list(file).count(b"\n")
    except ListRefused as refusal:
        batch.refused.append(LeftOut(file, f"{file}: {refusal}"))
        return
    if lines > most:
        reason = f"popular names without ranks; {lines:,} are too many to call all of them popular"
        batch.left_out.append(LeftOut(file, reason))
    else:
        _add_popular(batch, file)


def _add_popular(batch: Batch, file: Path) -> None:
    try:
        parsed = parse_popular(file)
    except ListRefused as refusal:
        batch.refused.append(LeftOut(file, str(refusal)))
        return
    stem = without_date(file.name.lower().removesuffix(".gz").removesuffix(".txt"))
    batch.popular.append((f"popular/{stem}", file, parsed))
