"""What the compiler gets: versions in use, without held names, and the district's own entries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hornbook.district.filtering.defaults import ensure_category
from hornbook.district.filtering.lists.shelf import ShelfError
from hornbook.district.filtering.lists.store import current_sources
from hornbook.district.filtering.models import HeldName, ListSource, ListVersion, LocalEntry
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.catalogue_build import SourceNames
from tests.district.filtering.lists.conftest import ACTOR, TakeIn, Write, numbered


def test_the_version_in_use_is_given_and_a_held_one_is_not(
    write: Write, take_in: TakeIn, instance: Instance
) -> None:
    path = write("mine/games.txt", numbered(3))
    take_in(path)
    write("mine/games.txt", numbered(30))
    take_in(path)
    text = numbered(3).encode()
    assert current_sources(instance) == [SourceNames("mine/games", "games", "topic", text)]


def test_a_disabled_source_is_not_given_and_path_rules_are(
    write: Write, take_in: TakeIn, instance: Instance
) -> None:
    take_in(write("mine/games.txt", numbered(3)))
    take_in(write("mine/more.txt", "a.example/path\nb.example/path\n"))
    ListSource.objects.filter(key="mine/games").update(enabled=False)
    urls = b"a.example/path\nb.example/path\n"
    assert current_sources(instance) == [SourceNames("mine/more", "games", "topic", b"", urls)]
    assert ListVersion.objects.get(source__key="mine/more").urls == 2


@pytest.mark.parametrize(
    ("decision", "listed"), [("pending", False), ("drop", False), ("block", True)]
)
def test_a_held_name_is_given_only_when_a_person_said_so(
    write: Write, take_in: TakeIn, instance: Instance, decision: str, listed: bool
) -> None:
    take_in(write("top10k.txt", "name1.example\n"), popular=True)
    take_in(write("mine/games.txt", numbered(3)))
    HeldName.objects.update(decision=decision)
    (source,) = current_sources(instance)
    assert (b"name1.example\n" in source.text) is listed
    assert source.text.count(b"\n") == (3 if listed else 2)


def test_entries_of_the_district_are_sources_until_they_end(
    policy_in_force: dict[str, ClauseText], instance: Instance
) -> None:
    clause = policy_in_force["FOCUS-1"].clause
    for category, name, days in [
        ("games", "b.example", None),
        ("games", "a.example", 1),
        ("games", "over.example", -1),
        ("allow", "library.example", None),
        ("games", "docs.example/play", None),
    ]:
        LocalEntry.objects.create(
            name=name,
            category=ensure_category(category, actor=ACTOR),
            clause=clause,
            reason="asked for by a teacher",
            ends_at=timezone.now() + timedelta(days=days) if days else None,
        )
    assert current_sources(instance) == [
        SourceNames("local/allow", "allow", "allow", b"library.example\n"),
        SourceNames(
            "local/games", "games", "topic", b"a.example\nb.example\n", b"docs.example/play\n"
        ),
    ]


def test_a_changed_file_stops_the_compiler(
    write: Write, take_in: TakeIn, instance: Instance
) -> None:
    take_in(write("mine/games.txt", numbered(3)))
    (file,) = instance.lists.glob("*.names")
    file.write_bytes(b"google.com\n")
    with pytest.raises(ShelfError, match="was changed"):
        current_sources(instance)
