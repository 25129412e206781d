"""What is out of the District's scope is never written by a node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hornbook.instance import Instance
from hornbook.node.dns.server import Server
from hornbook.record.scope import BadScope
from tests.node.dns.conftest import ADULT, ask, publish, rows, running

ON_CAMPUS = {"campus": ["127.0.0.4/32"]}


def record(instance: Instance, off_campus: str) -> list[tuple[object, object]]:
    """(person, client) of what is sealed of one question on campus and one off campus."""
    publish(instance.parts)
    recording = ON_CAMPUS | {"off_campus": off_campus}
    instance.save(replace(instance.settings(), recording=recording))
    with running(instance) as server:
        for source in ("127.0.0.4", "127.0.0.5"):
            assert ask(server, ADULT, source=source).options, "it is judged all the same"
    return sorted((row["person"], row["client"]) for row in rows(instance))


@pytest.mark.parametrize(
    ("mode", "off_campus"),
    [("full", [("", "127.0.0.5")]), ("anonymous", [("", "")]), ("none", [])],
)
def test_off_campus_is_recorded_as_the_settings_say(
    instance: Instance, mode: str, off_campus: list[tuple[object, object]]
) -> None:
    assert record(instance, mode) == sorted([*off_campus, ("person-teacher", "127.0.0.4")])


def test_settings_that_cannot_be_meant_stop_the_start(instance: Instance) -> None:
    publish(instance.parts)
    instance.save(replace(instance.settings(), recording={"off_hours": "sometimes"}))
    with pytest.raises(BadScope, match="off_hours"):
        Server(instance)
