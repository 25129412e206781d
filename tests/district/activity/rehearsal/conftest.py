"""A record that two schools made, to try drafts on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.models import Category, LocalEntry
from hornbook.district.filtering.publishing import publish, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Enrollment, Person, Role, SchoolClass
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.kernel.names import normalise
from hornbook.record.segments import SegmentWriter
from tests.district.conftest import Sites
from tests.record.rows import rows

NOW = datetime.now(UTC)
HOUR_AGO = NOW - timedelta(hours=1)
LISTED = {"games": "play.example", "adult": "naked.example"}


def ask(writer: SegmentWriter, name: str, count: int, **who: Any) -> None:
    """Rows as a node records them: judged by the parts in service."""
    current = store_of().current()
    assert current
    kernel = store_of().load(current)
    profile = who.pop("profile", "elementary-students")
    local = HOUR_AGO.astimezone()
    slot = kernel.rulebook.slot_at(local.weekday(), local.hour, local.minute)
    found = explain(kernel, name, profile=profile, slot=slot)
    said = {key: getattr(found.verdict, key) for key in ("action", "rule", "clause", "basis")}
    about = {"name": normalise(name), "profile": profile, "slot": slot, "set_id": found.set_id}
    writer.append(rows(count, at=HOUR_AGO, **about, **said, **who))


@pytest.fixture
def record(
    instance: Instance,
    policy_in_force: dict[str, ClauseText],
    actor: Actor,
    sites: Sites,
    owner: Person,
    stranger: Person,
) -> Instance:
    """Two schools asked for a game, a listed picture and names that no list knows."""
    ensure_defaults(actor=actor)
    clause = policy_in_force["FILTER-1"].clause
    for key, name in LISTED.items():
        LocalEntry.objects.create(
            name=name, category=Category.objects.get(key=key), clause=clause, reason="Test"
        )
    publish(actor=actor)
    made = SchoolClass.objects.create(sourced_id="c1", title="Reading 3", site=sites.maple)
    Enrollment.objects.create(sourced_id="e1", school_class=made, person=owner, role=Role.STUDENT)
    writer = SegmentWriter(instance.record, "node-1")
    ask(writer, "naked.example", 4, site="maple", person=str(owner.key))
    ask(writer, "new.example", 30, site="maple", person=str(owner.key))
    ask(writer, "deep.new.example", 2, site="oak", person=str(stranger.key))
    ask(writer, "new.example", 5, site="oak", person="")
    ask(writer, "school.example", 50, site="oak", person=str(stranger.key))
    writer.close()
    return instance
