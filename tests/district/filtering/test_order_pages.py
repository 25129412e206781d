"""Lessons, switchboard, openings, entries, calendar and rules: from a form to the nodes' parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.filtering.explaining import served_kernel
from hornbook.district.filtering.models import (
    Ask,
    Lesson,
    LocalEntry,
    Opening,
    Rule,
    SchoolDay,
    SwitchOff,
)
from hornbook.district.filtering.publishing import publish
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Enrollment, Person, Role, SchoolClass
from hornbook.instance import Instance
from hornbook.kernel.names import to_wire
from hornbook.kernel.paths import Address
from hornbook.kernel.rulebook import Terms
from tests.district.conftest import MakePerson, Sites
from tests.district.filtering.test_orders import said

ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def room(
    house: Instance, sites: Sites, student: Person, owner: Person, actor: Actor
) -> SchoolClass:
    found = SchoolClass.objects.create(sourced_id="c-1", title="Science 4", site=sites.maple)
    for person, role in ((student, Role.STUDENT), (owner, Role.TEACHER)):
        Enrollment.objects.create(
            sourced_id=f"e-{person.pk}", school_class=found, person=person, role=role
        )
    publish(actor=actor)
    return found


def post(client: Client, address: str, /, *args: Any, **data: Any) -> Any:
    return client.post(reverse(address, args=args), data, follow=True)


def test_a_teacher_opens_a_site_for_the_class_and_ends_it(
    room: SchoolClass, owner: Person, student: Person, client_for: ClientFor
) -> None:
    client = client_for(owner)
    shown = post(client, "lesson-begin", room.pk, names="play.example", minutes="45")
    assert "Sites are open until" in shown.content.decode()
    assert said(student, "play.example").startswith("allow lesson-")
    post(client, "lesson-end", room.pk)
    assert said(student, "play.example") == "block younger-leisure"
    assert Leaf.objects.filter(verb="filtering.ended").exists()


def test_a_lesson_without_sites_and_without_focus_is_asked_again(
    room: SchoolClass, owner: Person, client_for: ClientFor
) -> None:
    shown = post(client_for(owner), "lesson-begin", room.pk, names=" ", minutes="45")
    assert "Name a site, or close everything else." in shown.content.decode()
    shown = post(client_for(owner), "lesson-begin", room.pk, names="no-site", minutes="45")
    assert "would mean too much" in shown.content.decode()
    assert not Lesson.objects.exists()


def test_nobody_touches_the_lesson_of_another_class(
    room: SchoolClass, colleague: Person, stranger: Person, client_for: ClientFor
) -> None:
    told = {"names": "play.example", "minutes": "45"}
    for person in (colleague, stranger):
        assert post(client_for(person), "lesson-begin", room.pk, **told).status_code == 404
    assert client_for(stranger).get(reverse("class")).status_code == 404
    assert "No class is yours" in client_for(colleague).get(reverse("class")).content.decode()


def test_it_sees_whom_a_switch_off_hits_before_it_shuts(
    room: SchoolClass, it_admin: Person, student: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    told = {"name": "TikTok", "names": "", "hours": "24", "reason": "Leaked passwords"}
    looked = post(client, "switch-off", do="look", **told).content.decode()
    assert "asked for tiktok.com" in looked
    assert not SwitchOff.objects.exists()
    post(client, "switch-off", do="shut", **told)
    assert said(student, "www.tiktok.com").startswith("block switch-off-")
    post(client, "switch-on", SwitchOff.objects.get().pk)
    assert said(student, "www.tiktok.com") == "allow"


def test_the_switchboard_is_read_by_principals_and_worked_by_it(
    room: SchoolClass, principal: Person, stranger: Person, client_for: ClientFor
) -> None:
    assert client_for(stranger).get(reverse("switchboard")).status_code == 404
    assert client_for(principal).get(reverse("switchboard")).status_code == 200
    told = {"name": "X", "names": "x.com", "hours": "1", "reason": "y", "do": "shut"}
    assert post(client_for(principal), "switch-off", **told).status_code == 404


def test_a_request_is_opened_for_who_asked(
    room: SchoolClass, owner: Person, student: Person, client_for: ClientFor
) -> None:
    """The rule names teachers: the one of her class decides it."""
    ask = Ask.objects.create(
        receipt="K7QM-4XPD-2R", person=student, person_label=str(student), name="play.example",
        rule="younger-leisure", clause_version="FOCUS-1@1", asked_at=timezone.now(),
    )  # fmt: skip
    post(client_for(owner), "decide-ask", ask.receipt, do="person", reason="For the fair")
    ask.refresh_from_db()
    assert (ask.state, ask.openings.count()) == ("granted", 1)
    assert said(student, "play.example").startswith("allow opening-")


def test_it_opens_a_site_for_a_class_by_its_title(
    room: SchoolClass, it_admin: Person, student: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    told = {"name": "play.example", "days": "2", "reason": "x"}
    shown = post(client, "open-name", holder="Nobody Here", **told)
    assert "Nobody and no class is called" in shown.content.decode()
    post(client, "open-name", holder="science 4", **told)
    assert said(student, "play.example").startswith("allow opening-")
    post(client, "close-opening", Opening.objects.get().pk)
    assert said(student, "play.example") == "block younger-leisure"


def test_a_director_grants_research_to_an_adult_and_it_cannot(
    room: SchoolClass, owner: Person, student: Person, it_admin: Person, make_person: MakePerson,
    sites: Sites, client_for: ClientFor,
) -> None:  # fmt: skip
    director = make_person("Dora Director", Role.DIRECTOR, sites.central)
    category = Rule.objects.get(key="cipa-adults").categories.get()
    told = {"category": category.pk, "days": "3", "reason": "Thesis"}
    assert client_for(it_admin).get(reverse("grant")).status_code == 404
    shown = post(client_for(director), "grant", person=student.email, **told)
    assert "adults only" in shown.content.decode()
    shown = post(client_for(director), "grant", person=director.email, **told)
    assert "Nobody grants this to themselves" in shown.content.decode()
    post(client_for(director), "grant", person=owner.email, **told)
    assert said(owner, "naked.example").startswith("allow opening-")


def test_an_entry_of_our_own_is_in_force_at_once(
    room: SchoolClass, it_admin: Person, student: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    games = Rule.objects.get(key="younger-leisure").categories.get(key="games")
    told = {"category": games.pk, "reason": "New"}
    shown = post(client, "filter-enter", name="988lifeline.org", **told)
    assert "nothing can block it" in shown.content.decode()
    post(client, "filter-enter", name="Brand-New.Example", **told)
    assert said(student, "www.brand-new.example") == "block younger-leisure"
    post(client, "filter-drop-entry", LocalEntry.objects.get(name="brand-new.example").pk)
    assert said(student, "www.brand-new.example") == "allow"


def test_an_entry_may_mean_some_pages_of_a_site(
    room: SchoolClass, it_admin: Person, student: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    games = Rule.objects.get(key="younger-leisure").categories.get(key="games")
    told = {"category": games.pk, "reason": "New"}
    shown = post(client, "filter-enter", name="sites.example/a b", **told)
    assert "has spaces" in shown.content.decode()
    post(client, "filter-enter", name="https://Sites.Example/view/Play?x=1#top", **told)
    assert LocalEntry.objects.filter(name="sites.example/view/Play?x=1").exists()
    assert said(student, "sites.example") == "allow"
    kernel = served_kernel()
    seat = kernel.seating.of_person(str(student.key))
    assert seat is not None
    address = Address.of(to_wire("sites.example"), b"/view/play?x=1&y=2")
    one, path = kernel.judge_address(address, seat, kernel.at(time.time()))
    assert (kernel.verdict(one.verdict).action, path) == ("block", "/view/play?x=1")


def test_a_day_off_is_added_and_taken_off(
    room: SchoolClass, it_admin: Person, policy_owner: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    shown = post(client, "filter-set-day", day=day, name="Odd")
    assert "Say when school begins or ends" in shown.content.decode()
    post(client, "filter-set-day", day=day, name="Holiday", closed="on")
    post(client, "filter-set-day", day=day, name="Fair", closed="on")
    assert SchoolDay.objects.get().name == "Fair"
    assert post(client_for(policy_owner), "filter-drop-day", 1).status_code == 404
    post(client, "filter-drop-day", SchoolDay.objects.get().pk)
    assert not SchoolDay.objects.exists()


def test_a_rule_is_written_changed_and_taken_away(
    room: SchoolClass, it_admin: Person, owner: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    games = Rule.objects.get(key="younger-leisure").categories.get(key="games")
    clause = Rule.objects.get(key="younger-leisure").clause
    told: dict[str, Any] = {
        "name": "Staff do not play", "action": "block", "categories": [games.pk],
        "clause": clause.pk, "basis": "local", "override": "it",
    }  # fmt: skip
    shown = post(client, "filter-new-rule", **told, days=["0"], starts="08:00")
    assert "Choose days, a start and an end" in shown.content.decode()
    post(client, "filter-new-rule", **told)
    assert said(owner, "play.example") == "block staff-do-not-play"
    night = {"days": ["0", "6"], "starts": "22:00", "ends": "06:00"}
    post(client, "filter-edit-rule", "staff-do-not-play", **told, **night)
    rule = Rule.objects.get(key="staff-do-not-play")
    assert rule.windows == [{"days": [0, 6], "from": "22:00", "to": "06:00", "school": False}]
    leaf = Leaf.objects.get(verb="filtering.rule-changed")
    assert (leaf.detail["before"]["windows"], leaf.clause_texts) == ([], ["FOCUS-1@1"])
    post(client, "filter-remove-rule", rule.key)
    assert said(owner, "play.example") == "allow"


def test_a_rule_that_warns_is_written_with_its_minutes(
    room: SchoolClass, it_admin: Person, owner: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    games = Rule.objects.get(key="younger-leisure").categories.get(key="games")
    clause = Rule.objects.get(key="younger-leisure").clause
    told: dict[str, Any] = {
        "name": "Staff say why they play", "action": "ask-why", "categories": [games.pk],
        "clause": clause.pk, "basis": "local", "override": "",
    }  # fmt: skip
    assert "for how many minutes" in post(client, "filter-new-rule", **told).content.decode()
    post(client, "filter-new-rule", **told, minutes="20")
    assert said(owner, "play.example") == "warn staff-say-why-they-play"
    terms = served_kernel().rulebook.terms
    assert terms == {"staff-say-why-they-play": Terms(20, known=True)}
    page = client.get(reverse("filter-edit-rule", args=["staff-say-why-they-play"]))
    assert 'value="20"' in page.content.decode()
    assert "warn first, and open for 20 minutes" in client.get("/filter/").content.decode()
    post(client, "filter-edit-rule", "staff-say-why-they-play", **told | {"action": "warn"})
    assert served_kernel().rulebook.terms == {}
    inside = told | {"action": "inspect", "keeps_paths": "on"}
    post(client, "filter-edit-rule", "staff-say-why-they-play", **inside)
    assert said(owner, "play.example") == "inspect staff-say-why-they-play"
    assert served_kernel().rulebook.keeps_paths == {"staff-say-why-they-play"}
    assert "look inside, and record the page of" in client.get("/filter/").content.decode()


def test_a_locked_rule_cannot_be_changed_or_taken_away(
    room: SchoolClass, it_admin: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    assert client.get(reverse("filter-edit-rule", args=["cipa-minors"])).status_code == 404
    assert post(client, "filter-remove-rule", "cipa-minors").status_code == 404
    assert Rule.objects.filter(key="cipa-minors").exists()
