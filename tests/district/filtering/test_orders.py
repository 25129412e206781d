"""From a teacher's or IT's decision to the seating part: what holds for whom, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hornbook.district.filtering import order_actions as acts
from hornbook.district.filtering.actions import Refused
from hornbook.district.filtering.calendar_actions import set_school_day
from hornbook.district.filtering.compiler.orders import pupils_of
from hornbook.district.filtering.explaining import explain_for
from hornbook.district.filtering.models import Category, Opening, Rule
from hornbook.district.filtering.publishing import publish, publish_seating, store_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import (
    Enrollment,
    Person,
    Role,
    RoleAssignment,
    SchoolClass,
    Seat,
)
from hornbook.district.policy.models import ClauseText
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from tests.district.conftest import MakePerson, Sites
from tests.district.filtering.conftest import born

Sit = Callable[[str, Person], Seat]
CHICAGO = ZoneInfo("America/Chicago")


def served() -> Kernel:
    current = store_of().current()
    assert current is not None
    return store_of().load(current)


def said(person: Person, name: str, at: datetime | None = None) -> str:
    """The action and rule that the published parts have for somebody."""
    told = explain_for(person, name, at or timezone.now())
    return f"{told['verdict']['action']} {told['verdict']['rule']}".strip()


def soon(**length: int) -> datetime:
    return timezone.now() + timedelta(**length)


@pytest.fixture
def room(sites: Sites, student: Person, owner: Person) -> SchoolClass:
    """A class at Maple in which ``student`` learns and ``owner`` teaches."""
    found = SchoolClass.objects.create(sourced_id="c-1", title="Science 4", site=sites.maple)
    for person, role in ((student, Role.STUDENT), (owner, Role.TEACHER)):
        Enrollment.objects.create(
            sourced_id=f"e-{person.pk}", school_class=found, person=person, role=role
        )
    return found


@pytest.fixture
def published(house: Instance, actor: Actor, sit: Sit, student: Person, owner: Person) -> Instance:
    sit("10.0.0.1", student)
    sit("10.0.0.2", owner)
    publish(actor=actor)
    return house


def test_a_lesson_opens_sites_for_its_pupils_until_it_is_over(
    published: Instance, room: SchoolClass, student: Person, owner: Person, actor: Actor
) -> None:
    assert said(student, "play.example") == "block younger-leisure"
    lesson = acts.begin_lesson(
        actor=actor, teacher=owner, school_class=room, names=["https://play.example/x"], minutes=45
    )
    publish_seating(actor=actor)
    assert lesson.names == ["play.example"]
    assert said(student, "www.play.example") == f"allow lesson-{lesson.pk}"
    assert said(student, "fun.example") == "block younger-leisure"
    assert said(student, "naked.example") == "block cipa-minors"
    assert said(student, "play.example", soon(minutes=46)) == "block younger-leisure"
    leaf = Leaf.objects.get(verb="filtering.lesson-opened")
    assert leaf.clause_texts == ["FOCUS-1@1"]


def test_a_focused_lesson_leaves_its_sites_sign_in_and_help(
    published: Instance, room: SchoolClass, student: Person, owner: Person, actor: Actor
) -> None:
    lesson = acts.begin_lesson(
        actor=actor, teacher=owner, school_class=room, names=["nasa.gov"], minutes=5, focus=True
    )
    publish_seating(actor=actor)
    closed = f"block lesson-{lesson.pk}"
    assert said(student, "elsewhere.example") == closed
    assert said(student, "www.nasa.gov") == "allow"
    assert said(student, "accounts.google.com") == "allow"
    assert said(student, "988lifeline.org") == "allow protected"
    assert said(owner, "elsewhere.example") == "allow"
    acts.end_now(lesson, actor=actor)
    publish_seating(actor=actor)
    assert said(student, "elsewhere.example") == "allow"


def test_another_lesson_ends_the_one_before(
    published: Instance, room: SchoolClass, owner: Person, actor: Actor
) -> None:
    make: dict[str, Any] = {"actor": actor, "teacher": owner, "school_class": room}
    first = acts.begin_lesson(**make, names=["a.example"], minutes=30)
    acts.begin_lesson(**make, names=["b.example"], minutes=30)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert not first.is_running(timezone.now())


def test_a_switch_off_hits_everybody_now(
    published: Instance, student: Person, owner: Person, actor: Actor, sites: Sites
) -> None:
    row = acts.switch_off(actor=actor, name="Chatty", names=["chatty.example"], reason="Breach")
    publish_seating(actor=actor)
    assert {said(who, "api.chatty.example") for who in (student, owner)} == {
        f"block switch-off-{row.pk}"
    }
    unknown = explain(
        served(), "chatty.example", seat=0, now=served().at(timezone.now().timestamp())
    )
    assert unknown.verdict.basis == "emergency"
    acts.end_now(row, actor=actor)
    publish_seating(actor=actor)
    assert said(owner, "chatty.example") == "allow"


def test_a_switch_off_can_be_for_one_school(
    published: Instance,
    student: Person,
    make_person: MakePerson,
    sites: Sites,
    actor: Actor,
    sit: Sit,
) -> None:
    other = make_person("Oki Oak", Role.STUDENT, sites.oak)
    sit("10.0.0.9", other)
    acts.switch_off(actor=actor, name="C", names=["c.example"], reason="x", sites=[sites.oak])
    publish_seating(actor=actor)
    assert said(student, "c.example") == "allow"
    assert said(other, "c.example").startswith("block switch-off")


def test_a_restriction_outlives_a_lesson_and_an_exception(
    published: Instance,
    room: SchoolClass,
    student: Person,
    owner: Person,
    it_admin: Person,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
) -> None:
    acts.begin_lesson(
        actor=actor, teacher=owner, school_class=room, names=["play.example"], minutes=45
    )
    acts.open_for(
        actor=actor, authoriser=it_admin, person=student, name="play.example", reason="x",
        ends_at=soon(days=1),
    )  # fmt: skip
    row = acts.restrict(
        actor=actor,
        person=student,
        categories=[Category.objects.get(key="games")],
        reason="Case 7",
        ends_at=soon(days=7),
        clause=policy_in_force["SAFE-1"].clause,
    )
    publish_seating(actor=actor)
    assert said(student, "play.example") == f"block restriction-{row.pk}"
    assert said(student, "play.example", soon(days=8)) == "block younger-leisure"


def test_an_exception_is_for_one_person_and_ends(
    published: Instance, student: Person, it_admin: Person, actor: Actor, make_person: MakePerson,
    sites: Sites, sit: Sit,
) -> None:  # fmt: skip
    mate = make_person("Mia Mate", Role.STUDENT, sites.maple)
    sit("10.0.0.3", mate)
    row = acts.open_for(
        actor=actor, authoriser=it_admin, person=student, name="play.example", reason="Project",
        ends_at=soon(days=2),
    )  # fmt: skip
    publish_seating(actor=actor)
    assert said(student, "play.example") == f"allow opening-{row.pk}"
    assert said(mate, "play.example") == "block younger-leisure"
    assert said(student, "play.example", soon(days=3)) == "block younger-leisure"


def test_research_is_granted_to_adults_by_somebody_else(
    published: Instance, student: Person, owner: Person, it_admin: Person, actor: Actor
) -> None:
    adult = Category.objects.get(key="adult")
    grant: dict[str, Any] = {
        "actor": actor,
        "category": adult,
        "reason": "Thesis",
        "ends_at": soon(days=3),
    }
    assert said(owner, "naked.example") == "block cipa-adults"
    with pytest.raises(Refused, match="adults only"):
        acts.grant_research(authoriser=it_admin, person=student, **grant)
    with pytest.raises(Refused, match="themselves"):
        acts.grant_research(authoriser=owner, person=owner, **grant)
    row = acts.grant_research(authoriser=it_admin, person=owner, **grant)
    publish_seating(actor=actor)
    assert said(owner, "naked.example") == f"allow opening-{row.pk}"
    assert said(student, "naked.example") == "block cipa-minors"


def test_a_grant_falls_when_its_holder_turns_out_to_be_a_minor(
    published: Instance, owner: Person, it_admin: Person, actor: Actor
) -> None:
    acts.grant_research(
        actor=actor, authoriser=it_admin, person=owner, reason="x", ends_at=soon(days=3),
        category=Category.objects.get(key="adult"),
    )  # fmt: skip
    Person.objects.filter(pk=owner.pk).update(birth_date=born(15))
    publish_seating(actor=actor)
    assert said(owner, "naked.example") == "block cipa-adults"


def test_the_database_itself_refuses_who_opens_for_themselves(
    published: Instance, owner: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    with pytest.raises(IntegrityError, match="nobody_opens"), transaction.atomic():
        Opening.objects.create(
            name="a.example", person=owner, authorised_by=owner, reason="x", by="x",
            clause=policy_in_force["SAFE-1"].clause, begins_at=soon(), ends_at=soon(days=1),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["not a site"], "no site"),
        (["com"], "too much"),
        ([" "], "at least one"),
        (["10.1.1.1"], "IP"),
    ],
)
def test_bad_names_are_refused_by_name(
    published: Instance, actor: Actor, names: list[str], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        acts.switch_off(actor=actor, name="X", names=names, reason="x")


def test_who_turns_17_at_midnight_is_an_adult_from_then_on_without_a_publication(
    house: Instance, actor: Actor, make_person: MakePerson, sites: Sites, sit: Sit
) -> None:
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    young = make_person(
        "Yuna Young", Role.STUDENT, sites.birch, birth_date=_years_before(tomorrow, 17)
    )
    sit("10.0.0.7", young)
    publish(actor=actor)
    midnight = datetime.combine(tomorrow, datetime.min.time(), timezone.get_current_timezone())
    kernel = served()
    seat = kernel.seating.by_address("10.0.0.7")
    before, after = (kernel.at(midnight.timestamp() + shift) for shift in (-1, 0))
    assert before.until == midnight.timestamp()
    ruled = [explain(kernel, "naked.example", seat=seat, now=held) for held in (before, after)]
    assert [found.profile for found in ruled] == ["high-students", "high-students-17"]
    assert [found.verdict.rule for found in ruled] == ["cipa-minors", "cipa-adults"]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def test_a_role_that_ends_takes_its_profile_with_it(
    house: Instance, actor: Actor, owner: Person, sit: Sit
) -> None:
    sit("10.0.0.2", owner)
    last = timezone.localdate() + timedelta(days=2)
    RoleAssignment.objects.filter(person=owner).update(ends_on=last)
    publish(actor=actor)
    assert said(owner, "play.example") == "allow"
    assert said(owner, "play.example", soon(days=4)) == "block younger-leisure", "a guest"


def test_holidays_and_early_days_shut_and_shorten_school_hours(
    house: Instance, actor: Actor, make_person: MakePerson, sites: Sites, sit: Sit
) -> None:
    older = make_person("Hal High", Role.STUDENT, sites.birch, birth_date=born(15))
    sit("10.0.0.8", older)
    monday = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    set_school_day(actor=actor, day=monday, name="Holiday", closed=True)
    set_school_day(
        actor=actor, day=monday + timedelta(days=1), name="Early out",
        ends=datetime.min.replace(hour=12).time(),
    )  # fmt: skip
    publish(actor=actor)

    def at(day: int, hour: int) -> datetime:
        clock = datetime.min.replace(hour=hour).time()
        return datetime.combine(
            monday + timedelta(days=day), clock, timezone.get_current_timezone()
        )

    told = {
        (day, hour): said(older, "play.example", at(day, hour))
        for day in (0, 1, 2)
        for hour in (11, 13)
    }
    blocked = {place for place, words in told.items() if words.startswith("block")}
    assert blocked == {(1, 11), (2, 11), (2, 13)}
    assert Rule.objects.get(key="high-leisure-school-hours").windows[0]["school"] is True


def test_who_left_the_class_has_no_part_in_its_lesson(
    published: Instance, room: SchoolClass, student: Person
) -> None:
    now = datetime.now(UTC)
    assert pupils_of([room.pk], now) == [str(student.key)]
    Enrollment.objects.filter(person=student).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )
    assert pupils_of([room.pk], now) == []


def test_nothing_is_in_force_without_words_in_force(
    published: Instance, student: Person, actor: Actor, caplog: pytest.LogCaptureFixture,
    policy_in_force: dict[str, ClauseText], tmp_path: Path,
) -> None:  # fmt: skip
    row = acts.switch_off(
        actor=actor, name="C", names=["c.example"], reason="x",
        clause=policy_in_force["COPY-1"].clause,
    )  # fmt: skip
    ClauseText.objects.filter(clause=row.clause).update(valid_to=date(2021, 1, 1))
    publish_seating(actor=actor)
    assert said(student, "c.example") == "allow"
    assert "no text in force" in caplog.text
