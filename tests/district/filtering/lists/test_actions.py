"""Lists go in once, changes are looked at, and everything leaves a leaf."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.defaults import DefaultsError
from hornbook.district.filtering.lists.actions import (
    ListImportError,
    accept_version,
    decide_held_name,
    decide_held_names,
    import_lists,
)
from hornbook.district.filtering.lists.batch import read_batch
from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.filtering.models import (
    Category,
    HeldName,
    ListSource,
    ListState,
    ListVersion,
    PopularList,
)
from hornbook.district.ledger.models import Leaf
from hornbook.instance import Instance
from tests.district.filtering.lists.conftest import ACTOR, TakeIn, Write, numbered


def states(key: str = "mine/games") -> list[tuple[str, int]]:
    """The versions of a source, oldest first: state and number of names."""
    versions = ListVersion.objects.filter(source__key=key).order_by("pk")
    return list(versions.values_list("state", "names"))


def test_a_first_import_makes_category_source_version_and_leaf(
    write: Write, take_in: TakeIn
) -> None:
    done = take_in(write("mine/games.txt", numbered(3) + "192.0.2.7\n"))
    assert done.outcomes["mine/games"].state == "new"
    version = ListVersion.objects.get()
    assert (version.state, version.names, version.refused) == ("current", 3, {"ip-address": 1})
    assert version.source.category.key == "games"
    leaf = Leaf.objects.get(verb="filtering.list-imported")
    assert leaf.object == "list:mine/games"
    assert leaf.detail["sha256"] == version.sha256
    assert leaf.clause_texts == [f"{version.source.category.clause.key}@1"]


def test_the_same_content_again_changes_nothing(write: Write, take_in: TakeIn) -> None:
    path = write("mine/games.txt", numbered(3))
    take_in(path)
    leaves = Leaf.objects.count()
    write("mine/games.txt", "# new date\n" + numbered(3).upper())
    assert take_in(path).outcomes["mine/games"].state == "unchanged"
    assert states() == [(ListState.CURRENT, 3)]
    assert Leaf.objects.count() == leaves


def test_a_small_change_is_taken_into_use(write: Write, take_in: TakeIn) -> None:
    path = write("mine/games.txt", numbered(10))
    take_in(path)
    write("mine/games.txt", numbered(13))
    assert take_in(path).outcomes["mine/games"].state == "updated"
    assert states() == [(ListState.REPLACED, 10), (ListState.CURRENT, 13)]


@pytest.mark.parametrize(("count", "word"), [(6, "40% fewer"), (14, "40% more")])
def test_a_large_change_is_held_and_the_old_version_stays(
    write: Write, take_in: TakeIn, count: int, word: str
) -> None:
    path = write("mine/games.txt", numbered(10))
    take_in(path)
    write("mine/games.txt", numbered(count))
    for _ in range(2):  # a second try holds it once, not twice
        outcome = take_in(path).outcomes["mine/games"]
        assert outcome.state == "held"
        assert f"{word} names than the version in use (10 → {count})" in outcome.why
    assert states() == [(ListState.CURRENT, 10), (ListState.HELD, count)]


def test_accepting_a_change_takes_it_into_use_and_says_so(write: Write, take_in: TakeIn) -> None:
    path = write("mine/games.txt", numbered(10))
    take_in(path)
    write("mine/games.txt", numbered(1))
    take_in(path)
    take_in(path, accept_change=True)
    assert states() == [(ListState.REPLACED, 10), (ListState.CURRENT, 1)]
    leaf = Leaf.objects.get(verb="filtering.list-change-accepted")
    assert "90% fewer" in leaf.detail["change"]


def test_a_held_version_can_be_accepted_later(
    write: Write, take_in: TakeIn, instance: Instance
) -> None:
    take_in(write("top10k.txt", "name15.example\n"), popular=True)
    path = write("mine/games.txt", numbered(10))
    take_in(path)
    write("mine/games.txt", numbered(20))
    take_in(path)
    shelf = Shelf.of(instance)
    accept_version(ListVersion.objects.get(state=ListState.HELD), actor=ACTOR, shelf=shelf)
    assert states() == [(ListState.REPLACED, 10), (ListState.CURRENT, 20)]
    leaf = Leaf.objects.get(verb="filtering.list-change-accepted")
    assert "100% more" in leaf.detail["change"]
    assert HeldName.objects.get().name == "name15.example"
    with pytest.raises(ListImportError, match="is not held"):
        accept_version(ListVersion.objects.get(state=ListState.CURRENT), actor=ACTOR)


def test_a_held_version_is_passed_over_by_a_good_one(write: Write, take_in: TakeIn) -> None:
    path = write("mine/games.txt", numbered(10))
    take_in(path)
    write("mine/games.txt", numbered(1))
    take_in(path)
    write("mine/games.txt", numbered(11))
    take_in(path)
    assert states() == [
        (ListState.REPLACED, 10),
        (ListState.REPLACED, 1),
        (ListState.CURRENT, 11),
    ]


def test_lost_path_rules_are_a_change_too(write: Write, take_in: TakeIn) -> None:
    paths = "".join(f"host.example/{number}\n" for number in range(10))
    path = write("mine/games.txt", numbered(10) + paths)
    take_in(path)
    write("mine/games.txt", numbered(10))
    assert "100% fewer path rules" in take_in(path).outcomes["mine/games"].why


def test_a_dry_run_tells_the_same_and_keeps_nothing(
    write: Write, take_in: TakeIn, instance: Instance
) -> None:
    leaves = Leaf.objects.count()
    write("top/top10k.txt", "name1.example\n")
    write("mine/games.txt", numbered(3))
    folder = write("x.md", "").parent
    done = take_in(folder, None, dry_run=True)
    assert done.outcomes["mine/games"].state == "new"
    assert done.review.held == {"mine/games": ["name1.example"]}
    counts = (ListSource.objects.count(), Category.objects.count(), PopularList.objects.count())
    assert counts == (0, 0, 0)
    assert Leaf.objects.count() == leaves
    assert list(instance.lists.iterdir()) == []


def test_a_source_feeds_one_category(write: Write, take_in: TakeIn) -> None:
    path = write("mine/games.txt", numbered(3))
    take_in(path, "games")
    with pytest.raises(ListImportError, match="feeds “games” already, not “adult”"):
        take_in(path, "adult")
    assert ListSource.objects.get().category.key == "games"
    assert not Category.objects.filter(key="adult").exists()


def test_one_list_that_cannot_be_stored_leaves_out_all(write: Write, take_in: TakeIn) -> None:
    folder = write("mine/a.txt", numbered(3)).parent
    write("mine/b.txt", numbered(3))
    take_in(folder / "b.txt", "adult")
    with pytest.raises(ListImportError):
        take_in(folder, "games")
    assert not ListSource.objects.filter(key="mine/a").exists()


@pytest.mark.django_db
def test_without_a_policy_the_remedy_is_named(write: Write, instance: Instance) -> None:
    batch = read_batch(write("mine/games.txt", numbered(3)))
    with pytest.raises(DefaultsError, match="hornbook import policy FILE"):
        import_lists(batch, Shelf.of(instance), actor=ACTOR)
    assert ListSource.objects.count() == 0


def test_a_decision_about_a_held_name_is_kept_and_written_down(
    write: Write, take_in: TakeIn
) -> None:
    take_in(write("top10k.txt", "name1.example\nname2.example\n"), popular=True)
    path = write("mine/games.txt", numbered(3))
    take_in(path)
    held = HeldName.objects.get(name="name1.example")
    decide_held_name(held, HeldName.Decision.BLOCK, actor=ACTOR)
    take_in(path)
    decisions = dict(HeldName.objects.values_list("name", "decision"))
    assert decisions == {"name1.example": "block", "name2.example": "pending"}
    detail = Leaf.objects.get(verb="filtering.held-name-decided").detail
    assert detail == {"name": "name1.example", "decision": "block", "before": "pending"}
    with pytest.raises(ListImportError, match="is no decision"):
        decide_held_name(held, "perhaps", actor=ACTOR)


def test_the_names_of_one_list_are_decided_together_and_others_left_waiting(
    write: Write, take_in: TakeIn
) -> None:
    take_in(write("top10k.txt", "name1.example\nname2.example\nname3.example\n"), popular=True)
    take_in(write("mine/games.txt", "name1.example\nname2.example\n"))
    take_in(write("theirs/ads.txt", "name3.example\n"))
    mine = ListSource.objects.get(key="mine/games")
    assert decide_held_names(mine, HeldName.Decision.DROP, actor=ACTOR) == 2
    assert decide_held_names(mine, HeldName.Decision.DROP, actor=ACTOR) == 0
    decisions = dict(HeldName.objects.values_list("name", "decision"))
    assert decisions["name1.example"] == decisions["name2.example"] == "drop"
    assert decisions["name3.example"] == "pending"
    (leaf,) = Leaf.objects.filter(verb="filtering.held-names-decided")
    assert leaf.detail == {"decision": "drop", "names": ["name1.example", "name2.example"]}
    with pytest.raises(ListImportError, match="is no decision"):
        decide_held_names(mine, "pending", actor=ACTOR)
