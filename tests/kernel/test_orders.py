"""The order of judgement above the rules: switch-off, restriction, grant, lesson, locked rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel import rulebook, seating
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.orders import GRANTED, IN_SESSION, RESTRICTED, SWITCHED_OFF, Order, Who
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Rulebook, Verdict, build_rulebook
from hornbook.kernel.seating import Seat, Seating, Step, build_seating
from tests.kernel.helpers import make_catalogue, store, wires

PUPIL, MATE, TEACHER = (
    Seat("pupil", "student", "north"),
    Seat("mate", "student", "north"),
    Seat("teacher", "staff", "north"),
)
ADDRESS = {"pupil": "10.0.0.1", "mate": "10.0.0.2", "teacher": "10.0.0.3", "nobody": "192.0.2.1"}
RULES = (
    Verdict("allow"),
    Verdict("allow", rule="protected", basis="protected"),
    Verdict("block", rule="cipa-minors", basis="cipa-minor", locked=True),
    Verdict("block", rule="cipa-adults", basis="cipa-adult", locked=True, override="director"),
    Verdict("block", rule="games", basis="local", override="teacher"),
    Verdict("rewrite", rule="safe", basis="local", answer="rewrite", target="safe"),
)
LISTS: list[Any] = [
    ("p", "protected", "protected", ["crisis.example"]),
    ("a", "adult", "topic", ["adult.example"]),
    ("g", "games", "topic", ["play.example", "video.example"]),
    ("s", "safe", "rewrite", ["video.example"]),
]


def order(rank: int, effect: Any, key: str = "", **more: Any) -> Order:
    verdict = Verdict("block" if effect == "block" else "allow", rule=key or f"{rank}-{effect}")
    return Order(rank, effect, verdict, **more)


def only(person: str) -> Who:
    return Who(persons=frozenset({person}))


def make(folder: Path, orders: Sequence[Order], steps: Sequence[Step] = ()) -> Kernel:
    found = make_catalogue(folder, LISTS)
    sets = [frozenset(found.categories(n)) for n in range(found.set_count)]

    def ruled(profile: str, keys: frozenset[str], *, opened: bool = False) -> int:
        if "protected" in keys:
            return 1
        if "adult" in keys:
            return 2 if profile == "student" else 3
        if "games" in keys and profile == "student" and not opened:
            return 4
        return 5 if "safe" in keys and profile == "student" else 0

    profiles = ["staff", "student"]
    matrix = np.array([[[ruled(p, keys) for keys in sets] for p in profiles]], np.uint16)
    safe = [n for n, keys in enumerate(sets) if "safe" in keys]
    opened = np.array([[[ruled(p, sets[n], opened=True) for n in safe] for p in profiles]])
    book = build_rulebook(
        profiles=profiles,
        verdicts=RULES,
        matrix=matrix,
        week=np.zeros(MINUTES_A_WEEK, np.uint8),
        time_zone="UTC",
        notice={},
        catalogue_hash=found.hash,
        rewrites={"safe": {"video.example": "safe.example"}},
        beneath={5: 0},
        opened=(np.array(safe, np.uint32), opened.astype(np.uint16)),
    )
    people = [(ADDRESS[s.person], s.person, s.profile, s.site) for s in (PUPIL, MATE, TEACHER)]
    seats = build_seating(people, default_profile="student", orders=orders, steps=steps)
    return Kernel(
        found,
        Rulebook(open_part(store(folder, encode_part(rulebook.KIND, *book)), rulebook.KIND)),
        Seating(open_part(store(folder, encode_part(seating.KIND, *seats)), seating.KIND)),
    )


def asked(kernel: Kernel, who: str, name: str, now: float = 100.0) -> str:
    """The rule that speaks, by batch; and one at a time and explained it is the same."""
    held = kernel.at(now)
    seat = held.present_one(kernel.seating.by_address(ADDRESS[who]))
    batch = kernel.judge(wires("other.example", name), np.array([seat, seat]), held)
    one = kernel.judge_one(wires(name).data[0].tobytes(), seat, held)
    found = explain(kernel, name, seat=kernel.seating.by_address(ADDRESS[who]), now=held)
    assert int(batch.verdict[1]) == one.verdict == found.verdict_number
    return kernel.verdict(one.verdict).rule or "open"


@pytest.mark.parametrize("who", ["pupil", "teacher", "nobody"])
def test_a_switch_off_hits_everybody_and_yields_to_the_protected_set_only(
    tmp_path: Path, who: str
) -> None:
    off = order(SWITCHED_OFF, "block", names=("app.example", "crisis.example", "adult.example"))
    kernel = make(tmp_path, [off])
    assert asked(kernel, who, "www.app.example") == off.verdict.rule
    assert asked(kernel, who, "adult.example") == off.verdict.rule
    assert asked(kernel, who, "crisis.example") == "protected"
    assert asked(kernel, who, "example") == "open"


def test_each_rank_beats_the_next(tmp_path: Path) -> None:
    name = ("app.example",)
    ranks = [
        order(IN_SESSION, "block", names=name),
        order(GRANTED, "open", names=name),
        order(RESTRICTED, "block", names=name),
        order(SWITCHED_OFF, "block", names=name),
    ]
    assert asked(make(tmp_path, ranks[:1]), "pupil", "app.example") == "5-block"
    assert asked(make(tmp_path, ranks[:2]), "pupil", "app.example") == "open", "nothing else did"
    assert asked(make(tmp_path, ranks[:3]), "pupil", "app.example") == "3-block"
    assert asked(make(tmp_path, ranks), "pupil", "app.example") == "2-block"


def test_a_restriction_holds_for_one_person_whatever_a_lesson_opens(tmp_path: Path) -> None:
    lesson = order(IN_SESSION, "open", names=("play.example",))
    kernel = make(
        tmp_path, [lesson, order(RESTRICTED, "block", categories=("games",), who=only("pupil"))]
    )
    assert asked(kernel, "pupil", "play.example") == "3-block"
    assert asked(kernel, "mate", "play.example") == "5-open"


def test_a_restriction_to_some_sites_leaves_them_to_the_rules(tmp_path: Path) -> None:
    few = order(
        RESTRICTED, "block", who=only("pupil"), all_but=True, names=("school.example",),
        categories=("games",),
    )  # fmt: skip
    kernel = make(tmp_path, [few])
    assert asked(kernel, "pupil", "www.school.example") == "open"
    assert asked(kernel, "pupil", "play.example") == "games", "not blocked by it, but by a rule"
    assert asked(kernel, "pupil", "news.example") == "3-block"
    assert asked(kernel, "pupil", "crisis.example") == "protected"
    assert asked(kernel, "mate", "news.example") == "open"


def test_an_exception_opens_what_a_rule_blocks_but_never_a_locked_one(tmp_path: Path) -> None:
    opened = order(GRANTED, "open", names=("play.example", "adult.example"))
    kernel = make(tmp_path, [opened])
    assert asked(kernel, "pupil", "www.play.example") == "4-open"
    assert asked(kernel, "pupil", "adult.example") == "cipa-minors"
    assert asked(kernel, "teacher", "adult.example") == "cipa-adults"


def test_a_disable_grant_lifts_the_lock_of_adults_only(tmp_path: Path) -> None:
    grant = order(GRANTED, "open", categories=("adult",), lifts_locked=True)
    kernel = make(tmp_path, [grant])
    assert asked(kernel, "teacher", "www.adult.example") == "4-open"
    assert asked(kernel, "pupil", "www.adult.example") == "cipa-minors"
    assert asked(kernel, "nobody", "www.adult.example") == "cipa-minors"


def test_a_focused_class_sees_only_its_sites(tmp_path: Path) -> None:
    lesson = [
        order(IN_SESSION, "open", names=("play.example",), who=only("pupil")),
        order(IN_SESSION, "block", all_but=True, names=("play.example",), who=only("pupil")),
    ]
    kernel = make(tmp_path, lesson)
    assert asked(kernel, "pupil", "play.example") == "5-open"
    assert asked(kernel, "pupil", "news.example") == "5-block"
    assert asked(kernel, "mate", "news.example") == "open"


def test_what_is_opened_may_still_be_rewritten(tmp_path: Path) -> None:
    kernel = make(tmp_path, [order(GRANTED, "open", names=("video.example",))])
    assert asked(kernel, "pupil", "video.example") == "safe"
    assert asked(kernel, "pupil", "deep.video.example") == "4-open", "rewrites are for one host"


def test_orders_begin_and_end_by_themselves(tmp_path: Path) -> None:
    kernel = make(
        tmp_path, [order(SWITCHED_OFF, "block", names=("a.example",), begins=50, ends=90)]
    )
    told = [asked(kernel, "pupil", "a.example", now) for now in (49.9, 50, 89.9, 90)]
    assert told == ["open", "2-block", "2-block", "open"]
    assert kernel.at(10).until == 50
    assert kernel.at(60).until == 90


def test_a_person_who_comes_of_age_has_another_profile_from_that_moment(tmp_path: Path) -> None:
    grown = Seat("pupil", "staff", "north")
    kernel = make(tmp_path, [], [Step(1000, PUPIL, grown)])
    seat = kernel.seating.by_address(ADDRESS["pupil"])
    assert kernel.at(500).until == 1000
    assert asked(kernel, "pupil", "adult.example", 999.9) == "cipa-minors"
    assert asked(kernel, "pupil", "adult.example", 1000) == "cipa-adults"
    assert kernel.seating.seats[kernel.at(1000).present_one(seat)] == grown
    assert asked(kernel, "mate", "adult.example", 1000) == "cipa-minors"


def test_orders_follow_a_person_over_the_step(tmp_path: Path) -> None:
    held = order(RESTRICTED, "block", names=("news.example",), who=only("pupil"))
    kernel = make(tmp_path, [held], [Step(1000, PUPIL, Seat("pupil", "staff", "south"))])
    assert asked(kernel, "pupil", "news.example", 10) == "3-block"
    assert asked(kernel, "pupil", "news.example", 2000) == "3-block"


NAMES = ("crisis.example", "adult.example", "play.example", "video.example", "x.play.example", "q")
KINDS = st.tuples(
    st.sampled_from([(2, "block"), (3, "block"), (4, "open"), (5, "open"), (5, "block")]),
    st.sets(st.sampled_from(NAMES), max_size=2),
    st.sets(st.sampled_from(["adult", "games"]), max_size=1),
    st.booleans(),
    st.sampled_from(["pupil", "mate", "teacher", ""]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(told=st.lists(KINDS, max_size=5))
def test_batches_single_decisions_and_explanations_always_agree(
    tmp_path: Path, told: list[Any]
) -> None:
    orders = [
        order(
            rank, effect, f"{rank}-{n}", names=tuple(sorted(names)), categories=tuple(keys),
            all_but=wide, who=only(person) if person else Who(), lifts_locked=bool(n % 2),
        )
        for n, ((rank, effect), names, keys, wide, person) in enumerate(told)
    ]  # fmt: skip
    kernel = make(tmp_path, orders)
    for who in ADDRESS:
        for name in NAMES:
            asked(kernel, who, name)
