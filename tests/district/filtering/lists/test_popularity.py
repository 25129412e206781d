"""A popular name needs two makers, or a person, to be blocked."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.models import HeldName, PopularList
from hornbook.district.ledger.models import Leaf
from tests.district.filtering.lists.conftest import TakeIn, Write

POPULAR = "big.example\nwww.site.example\nother.example\n"


def held() -> set[tuple[str, str]]:
    return set(HeldName.objects.values_list("source__key", "name"))


@pytest.fixture
def popular(write: Write, take_in: TakeIn) -> None:
    take_in(write("top10k.txt", POPULAR), popular=True)


@pytest.mark.usefixtures("popular")
def test_a_popular_name_of_one_list_is_held(write: Write, take_in: TakeIn) -> None:
    done = take_in(write("mine/games.txt", "big.example\nsmall.example\nwww.other.example\n"))
    assert held() == {("mine/games", "big.example"), ("mine/games", "www.other.example")}
    assert done.review.held == {"mine/games": ["big.example", "www.other.example"]}
    assert Leaf.objects.get(verb="filtering.popular-names-reviewed").detail["held"]


@pytest.mark.usefixtures("popular")
def test_two_lists_of_one_category_confirm_each_other(write: Write, take_in: TakeIn) -> None:
    write("in/one/games.txt", "big.example\nother.example\n")
    folder = write("in/two/games.txt", "www.big.example\nsmall.example\n").parent.parent
    take_in(folder, "games")
    assert held() == {("one/games", "other.example")}


@pytest.mark.usefixtures("popular")
def test_a_later_list_releases_what_was_held(write: Write, take_in: TakeIn) -> None:
    take_in(write("one/games.txt", "big.example\nsmall.example\n"))
    assert held()
    done = take_in(write("two/games.txt", "big.example\n"))
    assert held() == set()
    assert done.review.released == {"one/games": ["big.example"]}


@pytest.mark.usefixtures("popular")
def test_a_name_below_a_listed_one_does_not_wait(write: Write, take_in: TakeIn) -> None:
    take_in(write("one/games.txt", "site.example\ncdn.site.example\nbig.example\n"))
    take_in(write("more.txt", "cdn.site.example\nimg.big.example\n"), popular=True)
    names = ("big.example", "cdn.site.example", "site.example")
    assert held() == {("one/games", name) for name in names}
    take_in(write("two/games.txt", "site.example\n"))
    assert held() == {("one/games", "big.example")}
    take_in(write("three/games.txt", "img.big.example\n"))
    assert held() == {("one/games", "big.example"), ("three/games", "img.big.example")}


@pytest.mark.usefixtures("popular")
def test_another_category_confirms_nothing(write: Write, take_in: TakeIn) -> None:
    take_in(write("one/games.txt", "big.example\n"), "games")
    take_in(write("two/adult.txt", "big.example\n"), "adult")
    assert held() == {("one/games", "big.example"), ("two/adult", "big.example")}


@pytest.mark.usefixtures("popular")
def test_two_lists_of_one_maker_confirm_nothing(write: Write, take_in: TakeIn) -> None:
    write("ut1/games.domains", "big.example\n")
    folder = write("ut1/arcade.domains", "big.example\n").parent
    take_in(folder, "games")
    assert len(held()) == 2
    assert "listed by ut1 alone" in HeldName.objects.all()[0].reason


@pytest.mark.usefixtures("popular")
def test_a_name_that_the_list_drops_waits_no_longer(write: Write, take_in: TakeIn) -> None:
    path = write("one/games.txt", "big.example\nother.example\na.example\nb.example\n")
    take_in(path)
    write("one/games.txt", "other.example\na.example\nb.example\n")
    take_in(path)
    assert held() == {("one/games", "other.example")}


def test_popular_names_that_come_later_are_held_in_lists_that_are_there(
    write: Write, take_in: TakeIn
) -> None:
    take_in(write("one/games.txt", "big.example\nsmall.example\n"))
    assert held() == set()
    path = write("top10k_2026-01-01.txt", POPULAR)
    assert take_in(path, popular=True).popular == {"popular/top10k": "new"}
    assert held() == {("one/games", "big.example")}
    assert take_in(path, popular=True).popular == {"popular/top10k": "unchanged"}
    assert PopularList.objects.get().names == 3
