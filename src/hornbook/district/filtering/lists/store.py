"""What the compiler is given: the names of every list in use, and the district's own entries."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from hornbook.district.filtering.lists.shelf import Shelf, content_address
from hornbook.district.filtering.models import (
    CategoryKind,
    HeldName,
    ListState,
    ListVersion,
    LocalEntry,
)
from hornbook.instance import Instance
from hornbook.kernel.catalogue import Kind, Source
from hornbook.kernel.catalogue_build import SourceNames

LOCAL = "local"
_KINDS: dict[str, Kind] = {
    CategoryKind.TOPIC: "topic",
    CategoryKind.ALLOW: "allow",
    CategoryKind.PROTECTED: "protected",
    CategoryKind.PRIVATE: "private",
    CategoryKind.REWRITE: "rewrite",
}


@dataclass(frozen=True)
class Recipe:
    """One source of the catalogue that need not be read: ``inputs`` changes when its names do."""

    source: Source
    inputs: str
    load: Callable[[], SourceNames]

    @classmethod
    def of(cls, names: SourceNames) -> Recipe:
        """A small source that is in memory already."""
        body = content_address(names.text, names.urls)
        return cls(names.source, _inputs(names.source, body), lambda: names)


def _inputs(source: Source, body: str) -> str:
    return f"{source.category} {source.kind} {body}"


def current_sources(
    instance: Instance | None = None, kind: CategoryKind | None = None
) -> list[SourceNames]:
    """Every enabled source's current version without held names, then ``local/<category>``.

    In order of their keys; with ``kind`` only those of its categories. Raises ShelfError when a
    list's file is gone or was changed.
    """
    return [recipe.load() for recipe in current_recipes(instance, kind)]


def current_recipes(
    instance: Instance | None = None, kind: CategoryKind | None = None
) -> list[Recipe]:
    """The same, unread."""
    shelf = Shelf.of(instance or settings.INSTANCE)
    out = _left_out()
    versions = ListVersion.objects.filter(state=ListState.CURRENT, source__enabled=True)
    if kind:
        versions = versions.filter(source__category__kind=kind)
    return [
        _recipe(version, shelf, out.get(version.source_id, set()))
        for version in versions.select_related("source__category").order_by("source__key")
        if version.names or version.urls
    ] + [
        Recipe.of(names) for names in _local_sources() if kind is None or names.kind == _KINDS[kind]
    ]


def _recipe(version: ListVersion, shelf: Shelf, out: set[bytes]) -> Recipe:
    category = version.source.category
    source = Source(version.source.key, category.key, _KINDS[category.kind])

    def load() -> SourceNames:
        text, urls = shelf.lists(version.sha256)
        return SourceNames(source.key, source.category, source.kind, _without(text, out), urls)

    body = hashlib.sha256(b"\n".join([version.sha256.encode(), *sorted(out)])).hexdigest()
    return Recipe(source, _inputs(source, body), load)


def _left_out() -> dict[int, set[bytes]]:
    """Per source the names that wait for a decision or were decided to be listed wrongly."""
    names: dict[int, set[bytes]] = defaultdict(set)
    held = HeldName.objects.exclude(decision=HeldName.Decision.BLOCK)
    for source, name in held.values_list("source_id", "name"):
        names[source].add(name.encode())
    return names


def _without(text: bytes, names: set[bytes]) -> bytes:
    if not names:
        return text
    return b"".join(line for line in text.splitlines(keepends=True) if line[:-1] not in names)


def _local_sources() -> list[SourceNames]:
    now = timezone.now()
    entries = LocalEntry.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
    listed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in entries.select_related("category").order_by("category__key", "name"):
        listed[entry.category.key, entry.category.kind].append(entry.name)
    return [_local(key, _KINDS[kind], texts) for (key, kind), texts in listed.items()]


def _local(category: str, kind: Kind, texts: list[str]) -> SourceNames:
    names = SourceNames.of(
        f"{LOCAL}/{category}", category, kind, (t for t in texts if "/" not in t)
    )
    return replace(names, urls="".join(f"{t}\n" for t in texts if "/" in t).encode())
