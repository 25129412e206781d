"""What is out of the District's scope is never written by a node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hornbook.instance import Instance
from hornbook.kernel import seating
from hornbook.kernel.parts import encode_part
from hornbook.kernel.seating import build_seating
from hornbook.node.dns.server import Server
from hornbook.node.partstore import Current, PartStore
from hornbook.record.scope import BadScope
from tests.node.dns.conftest import ADULT, SEATS, ask, publish, rows, running, seats_part, until

ON_CAMPUS = {"campus": ["127.0.0.4/32"]}
TEACHER, OFF_CAMPUS = ("person-teacher", "127.0.0.4"), ("", "127.0.0.5")


def asked_by(node: Server, *sources: str) -> None:
    for source in sources:
        assert ask(node, ADULT, source=source).options, "it is judged all the same"


def recorded(instance: Instance) -> list[tuple[object, object]]:
    return [(row["person"], row["client"]) for row in rows(instance)]


def record(instance: Instance, off_campus: str) -> list[tuple[object, object]]:
    """(person, client) of what is sealed of one question on campus and one off campus."""
    publish(instance.parts)
    recording = ON_CAMPUS | {"off_campus": off_campus}
    instance.save(replace(instance.settings(), recording=recording))
    with running(instance) as server:
        asked_by(server, "127.0.0.4", "127.0.0.5")
    return sorted(recorded(instance), key=str)


@pytest.mark.parametrize(
    ("mode", "off_campus"),
    [("full", [("", "127.0.0.5")]), ("anonymous", [("", "")]), ("none", [])],
)
def test_off_campus_is_recorded_as_the_settings_say(
    instance: Instance, mode: str, off_campus: list[tuple[object, object]]
) -> None:
    assert record(instance, mode) == sorted([*off_campus, TEACHER], key=str)


def test_settings_that_cannot_be_meant_stop_the_start(instance: Instance) -> None:
    publish(instance.parts)
    instance.save(replace(instance.settings(), recording={"off_hours": "sometimes"}))
    with pytest.raises(BadScope, match="off_hours"):
        Server(instance)


def follows(node: Server, chosen: Current) -> bool:
    return node.house.world is not None and node.house.world.hashes == chosen.hashes


def test_what_the_console_publishes_is_in_force_without_a_restart(instance: Instance) -> None:
    publish(instance.parts)
    store = PartStore(instance.parts)
    with running(instance) as server:
        asked_by(server, "127.0.0.5")
        for mode in ("anonymous", "none"):
            chosen = store.reseat(store.put(seats_part(ON_CAMPUS | {"off_campus": mode})))
            until(lambda: follows(server, chosen))  # noqa: B023 - called at once
            asked_by(server, "127.0.0.5", "127.0.0.4")
    assert recorded(instance) == [OFF_CAMPUS, ("", ""), TEACHER, TEACHER]


def test_the_nodes_own_setting_can_only_leave_out_more(instance: Instance) -> None:
    publish(instance.parts, recording=ON_CAMPUS | {"off_campus": "anonymous"})
    instance.save(replace(instance.settings(), recording=ON_CAMPUS | {"off_campus": "none"}))
    with running(instance) as server:
        asked_by(server, "127.0.0.4", "127.0.0.5")
    assert recorded(instance) == [TEACHER]
    instance.save(replace(instance.settings(), recording={"off_campus": "full"}))
    with running(instance) as server:
        asked_by(server, "127.0.0.5")
    assert recorded(instance) == [TEACHER, ("", "")]


@pytest.mark.parametrize("told", [None, {"moon": "full"}, "everything"])
def test_where_the_parts_do_not_say_it_nobody_is_named(instance: Instance, told: object) -> None:
    """Parts from before there was a setting, or with words of a later version."""
    publish(instance.parts)
    store = PartStore(instance.parts)
    meta, arrays = build_seating(SEATS, default_profile="student")
    meta["recording"] = told
    if told is None:
        del meta["recording"]
    store.reseat(store.put(encode_part(seating.KIND, meta, arrays)))
    with running(instance) as server:
        asked_by(server, "127.0.0.4")
        assert "nobody is named" in server.facts()["problem"]
    assert recorded(instance) == [("", "")]
