from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from hornbook.kernel.judge import Mismatch
from hornbook.kernel.parts import BadPart
from hornbook.node.partstore import Current, PartStore, Watcher
from tests.kernel.helpers import catalogue_body, make_catalogue, rulebook_body, seating_body


class District:
    """Publishes what a district would: a catalogue of some names, its rulebook, a seating."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.store = PartStore(folder)

    def publish(self, *names: str, default_profile: str = "student") -> Current:
        found = make_catalogue(self.folder, [("list", "adult", "topic", names)])
        return self.store.publish(
            catalogue=found.hash,
            rulebook=self.store.put(rulebook_body(found)),
            seating=self.store.put(seating_body(default_profile)),
        )

    def tear(self, part: str) -> None:
        path = self.store.path(part)
        path.write_bytes(path.read_bytes()[:-7])


@pytest.fixture
def district(tmp_path: Path) -> District:
    return District(tmp_path / "parts")


def test_a_part_is_stored_once_under_its_hash(district: District) -> None:
    body = seating_body()
    part = district.store.put(body)
    before = district.store.path(part).stat().st_ino
    assert district.store.put(body) == part
    assert district.store.path(part).stat().st_ino == before
    assert district.store.path(part).read_bytes() == body


def test_a_torn_part_is_mended_by_storing_it_again(district: District) -> None:
    body = seating_body()
    part = district.store.put(body)
    district.tear(part)
    district.store.put(body)
    assert district.store.path(part).read_bytes() == body


def test_what_is_published_is_what_is_loaded(district: District) -> None:
    published = district.publish("adult.example")
    assert district.store.current() == published
    assert district.store.load(published).hashes == published.hashes
    assert published.number == 1
    assert district.publish("other.example").number == 2


def test_parts_that_do_not_fit_are_not_put_in_force(district: District) -> None:
    first = district.publish("adult.example")
    stranger = district.store.put(catalogue_body([("x", "ads", "topic", ["x.example"])]))
    with pytest.raises(Mismatch):
        district.store.publish(catalogue=stranger, rulebook=first.rulebook, seating=first.seating)
    with pytest.raises(BadPart, match="is missing"):
        district.store.publish(catalogue="0" * 64, rulebook=first.rulebook, seating=first.seating)
    assert district.store.current() == first


def test_a_watcher_sees_each_publication_once(district: District) -> None:
    watcher = Watcher(district.store)
    assert watcher.poll() is None
    assert "Nothing is published" in watcher.problem
    first = district.publish("adult.example")
    kernel = watcher.poll()
    assert kernel is not None
    assert (kernel.hashes, watcher.problem) == (first.hashes, "")
    assert watcher.poll() is None
    assert watcher.kernel is kernel


@pytest.mark.parametrize("names", [("adult.example",), ()])
def test_a_new_seating_keeps_the_mapped_catalogue(
    district: District, names: tuple[str, ...]
) -> None:
    watcher = Watcher(district.store)
    district.publish(*names)
    first = watcher.poll()
    district.publish(*names, default_profile="staff")
    second = watcher.poll()
    assert first is not None
    assert second is not None
    assert second.catalogue is first.catalogue
    assert second.seating.seats[0].profile == "staff"


@pytest.mark.parametrize("part", ["catalogue", "rulebook", "seating"])
def test_a_damaged_publication_leaves_the_last_good_one_in_service(
    district: District, part: str
) -> None:
    watcher = Watcher(district.store)
    district.publish("adult.example")
    good = watcher.poll()
    assert good is not None
    bad = district.publish("other.example", default_profile="staff")
    path = district.store.path(getattr(bad, part))
    sound = path.read_bytes()
    district.tear(getattr(bad, part))
    assert watcher.poll() is None
    assert watcher.kernel is good
    assert "Publication 2 is not in service" in watcher.problem
    assert str(path) in watcher.problem
    path.write_bytes(sound)
    mended = watcher.poll()
    assert mended is not None
    assert (mended.hashes, watcher.problem) == (bad.hashes, "")


def test_a_start_on_a_damaged_publication_falls_back_to_the_one_before(district: District) -> None:
    first = district.publish("adult.example")
    second = district.publish("other.example")
    district.tear(second.catalogue)
    watcher = Watcher(district.store)
    kernel = watcher.poll()
    assert kernel is not None
    assert kernel.hashes == first.hashes
    assert watcher.current == first
    assert "Publication 2" in watcher.problem


@pytest.mark.parametrize(
    "torn",
    [b"", b"{", b"[]", b"null", b'{"catalogue": "../../etc/passwd"}', b"\xff\xfe"],
)
def test_a_torn_current_file_is_survived_at_start_and_while_running(
    district: District, torn: bytes
) -> None:
    published = district.publish("adult.example")
    running = Watcher(district.store)
    kernel = running.poll()
    path = district.folder / "current.json"
    path.write_bytes(torn)
    assert running.poll() is None
    assert running.kernel is kernel
    assert "torn" in running.problem
    starting = Watcher(district.store)
    found = starting.poll()
    assert found is not None
    assert found.hashes == published.hashes
    assert "torn" in starting.problem


def test_a_hash_that_is_a_path_is_never_opened(district: District) -> None:
    published = district.publish("adult.example")
    raw = json.loads((district.folder / "current.json").read_text())
    raw["seating"] = "../" + published.seating
    (district.folder / "current.json").write_text(json.dumps(raw))
    assert district.store.current() is None


def test_nothing_sound_at_all_gives_no_kernel_and_says_why(district: District) -> None:
    published = district.publish("adult.example")
    district.tear(published.rulebook)
    watcher = Watcher(district.store)
    assert watcher.poll() is None
    assert watcher.kernel is None
    assert "hornbook publish" in watcher.problem


def test_old_parts_are_forgotten_and_needed_ones_kept(district: District) -> None:
    publications = [district.publish(f"{letter}.example") for letter in "abc"]
    fresh = district.store.put(catalogue_body([("x", "ads", "topic", ["x.example"])]))
    old = time.time() - 7200
    for path in district.folder.glob("*.part"):
        if path.stem != fresh:
            os.utime(path, (old, old))
    removed = district.store.prune(2)
    assert set(removed) == {publications[0].catalogue, publications[0].rulebook}
    assert district.store.history() == [publications[2], publications[1]]
    assert district.store.path(fresh).exists()
    for kept in publications[1:]:
        district.store.load(kept)
