"""What a path holds: category lists with their files, popular names, and what is left out, why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hornbook.district.filtering.lists.known import (
    allow_reason,
    category_for,
    known,
    maker,
    without_date,
)

KEY_LENGTH = 120  # what a ListSource's key can hold
_ENDINGS = (".txt", ".list", ".lst", ".hosts", ".dat", ".conf", ".rpz", ".zone", ".adblock", "")
_KINDS = {".domains": "names", ".urls": "urls", ".expressions": "expressions"}
_CLASSIC = {"domains": "names", "urls": "urls", "expressions": "expressions", "usage": "usage"}
_NO_LISTS = {".md", ".json", ".csv", ".tsv", ".html", ".py", ".sh", ".toml", ".yml", ".yaml"}
_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}")


@dataclass
class FoundList:
    """One list: ``key`` names its source for good, whatever the version is called."""

    key: str
    name: str
    category: str | None
    licence: str = ""
    files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class LeftOut:
    """A file that is not imported, and why."""

    file: Path
    reason: str


@dataclass
class Survey:
    lists: list[FoundList] = field(default_factory=list)
    popular: list[Path] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True)
class _Named:
    """A file's name taken apart."""

    path: Path
    stem: str
    folder: str
    kind: str

    @property
    def key(self) -> str:
        return f"{self.folder}/{self.stem}"[-KEY_LENGTH:]


def survey_file(path: Path, category: str | None, source: str | None = None) -> Survey:
    """One list that a person chose: only its category can be missing."""
    named = _take_apart(path)
    found = _found(named, category or category_for(named.stem, named.folder))
    found.key = source or found.key
    found.files = [path]
    return Survey(lists=[found])


def survey_folder(root: Path, category: str | None = None) -> Survey:
    """Every list below ``root``; UT1's ``domains`` and ``urls`` files of one topic are one list.

    ``category`` is given to all of them; else the names decide (``known.toml``).
    """
    survey = Survey()
    lists: dict[str, FoundList] = {}
    for path in _files(root):
        named = _take_apart(path)
        if _is_popular(path, root):
            survey.popular.append(path)
        elif reason := _no_list(named, path.relative_to(root)):
            survey.left_out.append(LeftOut(path, reason))
        else:
            _add(lists, survey, named, category)
    survey.lists = sorted(lists.values(), key=lambda found: found.key)
    return survey


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(root).parts):
            yield path


def _take_apart(path: Path) -> _Named:
    name = path.name.lower().removesuffix(".gz")
    folders = (*_folders(path), "", "")
    if name in _CLASSIC:  # category/domains, category/urls
        return _Named(path, folders[0], folders[1], _CLASSIC[name])
    stem, kind = _stem_and_kind(name)
    return _Named(path, stem, folders[0], kind)


def _folders(path: Path) -> list[str]:
    """The folders that the file is in, nearest first, without dates: versions have one key."""
    parts = [part.lower() for part in path.absolute().parts[1:-1]]
    return [without_date(part) for part in reversed(parts) if not _DATE.fullmatch(part)]


def _stem_and_kind(name: str) -> tuple[str, str]:
    stem, kind = without_date(name), "names"
    for ending, found in _KINDS.items():
        if stem.endswith(ending):
            stem, kind = stem.removesuffix(ending), found
    if stem.endswith("_expression"):
        kind = "expressions"
    for ending in _ENDINGS:
        stem = stem.removesuffix(ending)
    return without_date(stem).removeprefix("category-"), kind


def _is_popular(path: Path, root: Path) -> bool:
    folders = {part.lower() for part in (root.name, *path.relative_to(root).parts[:-1])}
    return bool(folders & set(known()["popular"]["folders"]))


def _no_list(named: _Named, inside: Path) -> str | None:
    """Why a file is no category list, if it is none."""
    skip = known()["skip_folders"]
    for part in inside.parts[:-1]:
        if part.lower() in skip:
            return str(skip[part.lower()])
    if _NO_LISTS & set(Path(named.path.name.lower().removesuffix(".gz")).suffixes):
        return "not a list of names by its ending; name it .txt if it is one"
    if named.kind == "expressions":
        return "regular expressions: a name list cannot hold them"
    if named.kind == "usage":
        return "a note about the list beside it"
    if named.stem.startswith("wild_"):
        return "the names of the list without Wild_ once more"
    return known()["not_categories"].get(named.stem) or allow_reason(named.stem)


def _add(lists: dict[str, FoundList], survey: Survey, named: _Named, category: str | None) -> None:
    """Join the file to its list; of two versions of one list the older is left out."""
    found = lists.setdefault(
        named.key, _found(named, category or category_for(named.stem, named.folder))
    )
    twin = next((f for f in found.files if _take_apart(f).kind == named.kind), None)
    if twin is None:
        found.files.append(named.path)
        return
    older, newer = sorted((twin, named.path), key=_date)
    found.files = [newer if file == twin else file for file in found.files]
    survey.left_out.append(LeftOut(older, f"an older version of {newer.name}, or the same list"))


def _found(named: _Named, category: str | None) -> FoundList:
    by = maker(named.folder)
    title = f"{by.name}: {named.stem}" if by else named.key
    return FoundList(named.key, title, category, by.licence if by else "")


def _date(path: Path) -> str:
    return max(_DATE.findall(str(path)), default="")
