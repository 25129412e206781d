"""The first audience that fits is a person's profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from hornbook.district.filtering.compiler.audience import (
    NOBODY,
    BadAudience,
    Place,
    Reading,
    Standing,
    choose,
)
from hornbook.district.filtering.defaults import read_data


@dataclass(frozen=True)
class Group:
    key: str
    audience: dict[str, Any] = field(default_factory=dict)


DEFAULTS = [Group(row["key"], row["audience"]) for row in read_data("defaults")["profile"]]

OAK = ("elementary", "oak")
BIRCH = ("high", "birch")
CENTRAL = ("district", "central")


@pytest.mark.parametrize(
    ("places", "age", "profile"),
    [
        pytest.param([("student", *OAK)], 9, "elementary-students", id="a child at Oak"),
        pytest.param([("student", *BIRCH)], 16, "high-students", id="sixteen at Birch"),
        pytest.param([("student", *BIRCH)], 17, "high-students-17", id="seventeen at Birch"),
        pytest.param([("student", *BIRCH)], None, "high-students", id="age unknown: a minor"),
        pytest.param([("student", *CENTRAL)], 15, "other-students", id="a school of its own kind"),
        pytest.param(
            [("coach", *OAK), ("student", *BIRCH)], 16, "high-students", id="a student who coaches"
        ),
        pytest.param([("coach", *OAK)], None, "staff", id="a coach"),
        pytest.param([("volunteer", *OAK)], 70, "staff", id="a volunteer"),
        pytest.param([("teacher", *OAK), ("it", *CENTRAL)], 40, "it", id="IT who also teaches"),
        pytest.param([("principal", *OAK)], 50, "administrators", id="a principal"),
        pytest.param([("guardian", *OAK)], 40, "guests", id="a parent on the guest network"),
        pytest.param([("", *OAK)], None, "guests", id="a place without a person"),
    ],
)
def test_who_is_in_which_profile(
    places: list[tuple[str, str, str]], age: int | None, profile: str
) -> None:
    standing = Standing(tuple(Place(*place) for place in places), age)
    assert choose(DEFAULTS, standing)[0] == profile


def test_nobody_known_is_a_guest() -> None:
    assert choose(DEFAULTS, NOBODY)[0] == "guests"


def test_every_profile_that_was_read_is_explained() -> None:
    groups = [Group("old", {"min_age": 18}), Group("young", {"max_age": 17}), Group("rest")]
    assert choose(groups, Standing(age=18)) == ("old", [Reading("old", None)])
    _, read = choose(groups, Standing(age=9))
    assert read == [Reading("old", "it begins at 18 years"), Reading("young", None)]


def test_one_site_may_have_its_own_profile() -> None:
    groups = [Group("oak", {"sites": ["oak"]}), Group("rest")]
    assert choose(groups, Standing((Place("", *OAK),)))[0] == "oak"
    assert choose(groups, Standing((Place("", *BIRCH),)))[0] == "rest"


def test_without_a_profile_for_everyone_else_it_is_refused() -> None:
    with pytest.raises(BadAudience, match="empty audience"):
        choose([Group("staff", {"roles": ["teacher"]})], NOBODY)


def test_a_misspelt_key_is_refused() -> None:
    with pytest.raises(BadAudience, match="rolls"):
        choose([Group("staff", {"rolls": ["teacher"]})], NOBODY)
