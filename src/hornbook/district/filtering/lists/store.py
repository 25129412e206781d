"""What the compiler is given: the names of every list in use, and the district's own entries."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.filtering.models import (
    CategoryKind,
    HeldName,
    ListState,
    ListVersion,
    LocalEntry,
)
from hornbook.instance import Instance
from hornbook.kernel.catalogue import Kind
from hornbook.kernel.catalogue_build import SourceNames

LOCAL = "local"
_KINDS: dict[str, Kind] = {
    CategoryKind.TOPIC: "topic",
    CategoryKind.ALLOW: "allow",
    CategoryKind.PROTECTED: "protected",
    CategoryKind.REWRITE: "rewrite",
}


def current_sources(
    instance: Instance | None = None, kind: CategoryKind | None = None
) -> list[SourceNames]:
    """Every enabled source's current version without held names, then ``local/<category>``.

    In order of their keys; with ``kind`` only those of its categories. Raises ShelfError when a
    list's file is gone or was changed.
    """
    shelf = Shelf.of(instance or settings.INSTANCE)
    out = _left_out()
    versions = ListVersion.objects.filter(state=ListState.CURRENT, source__enabled=True)
    if kind:
        versions = versions.filter(source__category__kind=kind)
    return [
        SourceNames(
            version.source.key,
            version.source.category.key,
            _KINDS[version.source.category.kind],
            _without(shelf.names(version.sha256), out.get(version.source_id, set())),
        )
        for version in versions.select_related("source__category").order_by("source__key")
        if version.names
    ] + [source for source in _local_sources() if kind is None or source.kind == _KINDS[kind]]


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
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in entries.select_related("category").order_by("category__key", "name"):
        names[entry.category.key, entry.category.kind].append(entry.name)
    return [
        SourceNames.of(f"{LOCAL}/{key}", key, _KINDS[kind], listed)
        for (key, kind), listed in names.items()
    ]
