from __future__ import annotations

import json

import numpy as np
import pytest

from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import BadName
from tests.kernel.helpers import wires


def test_the_whole_chain_is_told(kernel: Kernel) -> None:
    told = explain(kernel, "WWW.Adult.example.", seat=kernel.seating.by_address("10.9.9.9"))
    assert told.name == "www.adult.example"
    assert [(s.name, s.listed, s.matched) for s in told.suffixes] == [
        ("www.adult.example", False, False),
        ("adult.example", True, True),
        ("example", False, False),
    ]
    assert [source.key for source in told.sources] == ["adult-a", "adult-b", "games-a"]
    assert told.categories == ("adult", "games")
    assert (told.profile, told.slot) == ("student", 0)
    assert (told.verdict.action, told.verdict.clause) == ("block", "PRO-1@1")
    assert (told.catalogue, told.rulebook, told.seating) == kernel.hashes


def test_it_is_ready_for_json(kernel: Kernel) -> None:
    told = json.loads(json.dumps(explain(kernel, "adult.example").as_dict()))
    assert told["listed_by"] == 3
    assert told["matched"] == "adult.example"
    assert told["verdict"]["basis"] == "CIPA"
    assert told["seat"]["profile"] == "student"


def test_a_profile_can_be_asked_about_without_a_seat(kernel: Kernel) -> None:
    told = explain(kernel, "adult.example", profile="staff", slot=1)
    assert (told.verdict.action, told.profile, told.seat) == ("allow", "staff", None)


def test_a_name_in_no_list_says_so(kernel: Kernel) -> None:
    told = explain(kernel, "wikipedia.org")
    assert (told.set_id, told.matched, told.sources) == (0, "", ())
    assert not any(suffix.listed or suffix.matched for suffix in told.suffixes)


def test_it_agrees_with_the_judge_for_everyone_at_any_time(kernel: Kernel) -> None:
    names = ["adult.example", "x.tube.video.example", "video.example", "a.play.example", "b.org"]
    for seat in range(len(kernel.seating.seats)):
        for slot in range(kernel.rulebook.slots):
            judged = kernel.judge(wires(*names), np.full(len(names), seat), slot)
            for place, name in enumerate(names):
                told = explain(kernel, name, seat=seat, slot=slot)
                assert told.verdict_number == judged.verdict[place]
                assert told.set_id == judged.set_id[place]


def test_what_cannot_be_explained_is_refused(kernel: Kernel) -> None:
    with pytest.raises(BadName, match="IP address"):
        explain(kernel, "192.0.2.1")
    with pytest.raises(KeyError, match="no profile visitor"):
        explain(kernel, "a.b", profile="visitor")
