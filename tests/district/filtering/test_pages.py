"""The pages: who may open them, what they show, and what their buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from hornbook.district.filtering.models import (
    Ask,
    Category,
    HeldName,
    ListSource,
    ListState,
    ListVersion,
    Publication,
    Reason,
    Rule,
)
from hornbook.district.filtering.publishing import publish
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Seat
from hornbook.instance import Instance

ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def waiting(house: Instance) -> tuple[ListVersion, HeldName, Ask]:
    """A held version, a held name and a request."""
    source = ListSource.objects.create(
        key="lists/games", name="Games", category=Category.objects.get(key="games")
    )
    version = ListVersion.objects.create(
        source=source,
        sha256="0" * 64,
        names=3,
        state=ListState.HELD,
        held_reason="90% fewer names",
        origin="games.txt",
    )
    name = HeldName.objects.create(source=source, name="chess.example", reason="Popular")
    ask = Ask.objects.create(
        receipt="K7QM-4XPD-2R",
        person_label="Stella Student",
        name="play.example",
        rule="younger-leisure",
        clause_version="FOCUS-1@1",
        asked_at=timezone.now(),
    )
    return version, name, ask


class Answered(Protocol):
    """What the test client gives back."""

    status_code: int
    content: bytes


def text_of(response: Answered) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("page", "open_to"),
    [
        ("filter", {"it_admin", "policy_owner"}),
        ("filter-held", {"it_admin", "policy_owner"}),
        ("filter-unlisted", {"it_admin", "policy_owner"}),
        ("asks", {"it_admin", "policy_owner", "owner", "principal", "other_principal"}),
        ("filter-reasons", {"it_admin", "policy_owner"}),
        (
            "filter-test",
            {"it_admin", "policy_owner", "owner", "stranger", "principal", "other_principal"},
        ),
    ],
)
def test_who_may_open_a_page(
    request: pytest.FixtureRequest,
    instance: Instance,
    client_for: ClientFor,
    page: str,
    open_to: set[str],
) -> None:
    cast = ("it_admin", "policy_owner", "owner", "stranger", "principal", "other_principal")
    for name in cast:
        response = client_for(request.getfixturevalue(name)).get(reverse(page))
        assert response.status_code == (200 if name in open_to else 404), name
    assert client_for(None).get(reverse(page)).status_code == 302


@pytest.mark.parametrize("name", ["policy_owner", "owner", "principal"])
def test_only_it_changes_anything(
    request: pytest.FixtureRequest,
    client_for: ClientFor,
    waiting: tuple[ListVersion, HeldName, Ask],
    name: str,
) -> None:
    version, held, ask = waiting
    client, leaves = client_for(request.getfixturevalue(name)), Leaf.objects.count()
    for address, do in (
        (reverse("filter-change-rule", args=["no-piracy"]), "disable"),
        (reverse("filter-decide-version", args=[version.pk]), "accept"),
        (reverse("filter-decide-name", args=[held.pk]), "drop"),
        (reverse("filter-decide-names", args=[held.source_id]), "drop"),
        (reverse("decide-ask", args=[ask.receipt]), "grant"),
        (reverse("filter-publish"), ""),
    ):
        assert client.post(address, {"do": do, "reason": "x"}).status_code == 404
        assert client.get(address).status_code == 405
    assert Leaf.objects.exclude(verb="look.refused").count() == leaves


def test_the_overview_says_what_is_in_force(
    house: Instance, actor: Actor, it_admin: Person, client_for: ClientFor
) -> None:
    publication = publish(actor=actor)
    text = text_of(client_for(it_admin).get(reverse("filter")))
    assert publication.rulebook[:12] in text
    assert "Students in high schools under 17 and students in high schools from 17: block" in text
    assert "Everyone but IT administrators: block other DNS services" in text
    assert "Monday to Friday 08:00–15:00 on school days (local policy)." in text
    assert "Federal law asks for it." in text
    assert "FILTER-1@1" in text


def test_the_policy_owner_reads_without_buttons_and_names(
    waiting: tuple[ListVersion, HeldName, Ask], policy_owner: Person, client_for: ClientFor
) -> None:
    client = client_for(policy_owner)
    assert "Switch off" not in text_of(client.get(reverse("filter")))
    assert "Rightly" not in text_of(client.get(reverse("filter-held")))
    asks = text_of(client.get(reverse("asks")))
    assert "play.example" in asks
    assert "Stella" not in asks


def test_a_rule_s_change_is_in_force_at_once(
    house: Instance, actor: Actor, it_admin: Person, client_for: ClientFor
) -> None:
    first = publish(actor=actor)
    client = client_for(it_admin)
    address = reverse("filter-change-rule", args=["younger-leisure"])
    text = text_of(client.post(address, {"do": "disable"}, follow=True))
    assert "in force within seconds" in text
    second = Publication.objects.first()
    assert second is not None
    assert (second.catalogue == first.catalogue, second.rulebook == first.rulebook) == (True, False)
    assert client.post(address, {"do": "explode"}).status_code == 404


def test_a_locked_rule_says_why_it_stays(
    house: Instance, it_admin: Person, client_for: ClientFor
) -> None:
    address = reverse("filter-change-rule", args=["cipa-minors"])
    text = text_of(client_for(it_admin).post(address, {"do": "disable"}, follow=True))
    assert "federal law (CIPA) asks for it" in text
    assert Rule.objects.get(key="cipa-minors").enabled


def test_a_change_that_cannot_be_published_is_told(
    house: Instance, actor: Actor, it_admin: Person, client_for: ClientFor
) -> None:
    publish(actor=actor)
    Rule.objects.filter(key="no-bypass").update(windows=[{"days": [9]}])
    address = reverse("filter-change-rule", args=["no-piracy"])
    text = text_of(client_for(it_admin).post(address, {"do": "disable"}, follow=True))
    assert "Saved, but not in force" in text
    assert Publication.objects.count() == 1


def test_lists_are_decided_and_the_worker_is_asked_to_publish(
    waiting: tuple[ListVersion, HeldName, Ask],
    it_admin: Person,
    client_for: ClientFor,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    version, held, _ = waiting
    client = client_for(it_admin)
    overview = text_of(client.get(reverse("filter")))
    assert "90% fewer names" in overview
    assert "1 popular name<" in overview
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("filter-decide-name", args=[held.pk]), {"do": "drop", "page": "1"})
        client.post(reverse("filter-decide-version", args=[version.pk]), {"do": "dismiss"})
    held.refresh_from_db()
    version.refresh_from_db()
    assert (held.decision, version.state) == ("drop", "replaced")
    assert DBTaskResult.objects.count() == 1  # one publication does for both
    assert "A new publication is being made" in text_of(client.get(reverse("filter")))


def test_held_names_are_narrowed_by_kind(
    waiting: tuple[ListVersion, HeldName, Ask], it_admin: Person, client_for: ClientFor
) -> None:
    client, address = client_for(it_admin), reverse("filter-held")
    assert "chess.example" in text_of(client.get(address, {"category": "games"}))
    assert "chess.example" not in text_of(client.get(address, {"category": "adult"}))
    decide = reverse("filter-decide-name", args=[waiting[1].pk])
    back = client.post(decide, {"do": "block", "page": "1", "category": "games"})
    assert back.headers["Location"] == f"{address}?category=games&page=1"


def test_all_names_of_a_list_are_decided_at_once(
    waiting: tuple[ListVersion, HeldName, Ask], it_admin: Person, client_for: ClientFor
) -> None:
    client, held, address = client_for(it_admin), waiting[1], reverse("filter-held")
    together = reverse("filter-decide-names", args=[held.source_id])
    assert together not in text_of(client.get(address))  # one chooses the list first
    assert together in text_of(client.get(address, {"list": held.source.key}))
    assert client.post(together, {"do": "pending"}).status_code == 404
    text = text_of(client.post(together, {"do": "drop"}, follow=True))
    assert "listed wrongly" in text
    assert "Nothing waits" in text
    held.refresh_from_db()
    assert held.decision == "drop"


def test_lists_stand_with_their_makers(
    waiting: tuple[ListVersion, HeldName, Ask], it_admin: Person, client_for: ClientFor
) -> None:
    text = text_of(client_for(it_admin).get(reverse("filter")))
    maker = waiting[1].source.key.partition("/")[0]
    assert f"Lists of {maker}" in text


def reason_of(person: Person, number: int = 0, words: str = "prices for economics") -> Reason:
    return Reason.objects.create(
        receipt=f"K7QM-4XPD-{number:02}", person=person, person_label=str(person), site="maple",
        name="shop.example", words=words, rule="gone-since",
        clause_version="FOCUS-1@1", at=timezone.now(), until=timezone.now(),
    )  # fmt: skip


def test_reasons_at_warnings_are_read_without_whose_they_are_and_when(
    house: Instance, student: Person, it_admin: Person, policy_owner: Person, client_for: ClientFor
) -> None:
    made = reason_of(student)
    for viewer in (policy_owner, it_admin):
        text = text_of(client_for(viewer).get(reverse("filter-reasons")))
        assert made.words in text
        assert str(student) not in text
        assert timezone.localtime(made.at).strftime("%H:%M") not in text
    assert Leaf.objects.filter(verb="look", object="reasons at warnings").count() == 2


def test_ones_own_reasons_stand_on_ones_own_page_and_on_nobody_elses(
    house: Instance, policy_owner: Person, it_admin: Person, client_for: ClientFor
) -> None:
    assert "past a warning" not in text_of(client_for(policy_owner).get(reverse("me")))
    reason_of(policy_owner, words="prices for <b>economics</b>")
    text = text_of(client_for(policy_owner).get(reverse("me")))
    assert "shop.example" in text
    assert "prices for &lt;b&gt;economics&lt;/b&gt;" in text
    assert "Kept for 1 year" in text
    assert "past a warning" not in text_of(client_for(it_admin).get(reverse("me")))
    theirs = text_of(client_for(it_admin).get(reverse("person", args=[policy_owner.key])))
    assert "economics" not in theirs
    assert not Leaf.objects.filter(verb="look", object="reasons at warnings").exists()


def test_of_very_many_reasons_the_newest_stand_there_and_how_many_there_are(
    house: Instance, policy_owner: Person, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hornbook.district.filtering.templatetags.reasons.NEWEST", 2)
    for number in range(3):
        reason_of(policy_owner, number, words=f"reason {number}")
    text = text_of(client_for(policy_owner).get(reverse("me")))
    assert "The 2 newest of 3" in text
    assert "reason 0" not in text


def test_a_request_is_granted_with_a_reason(
    waiting: tuple[ListVersion, HeldName, Ask],
    it_admin: Person,
    client_for: ClientFor,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client, ask = client_for(it_admin), waiting[2]
    address = reverse("decide-ask", args=[ask.receipt])
    assert "Your reason: This field is required" in text_of(client.post(address, {"do": "grant"}))
    with django_capture_on_commit_callbacks(execute=True):
        text = text_of(client.post(address, {"do": "grant", "reason": "Chess"}, follow=True))
    assert "play.example is open for everyone within a minute" in text
    ask.refresh_from_db()
    assert ask.state == Ask.State.GRANTED
    assert DBTaskResult.objects.count() == 1
    again = text_of(client.post(address, {"do": "refuse", "reason": "No"}, follow=True))
    assert "decided already" in again


def test_a_test_shows_the_chain_and_can_be_linked(
    house: Instance, actor: Actor, it_admin: Person, student: Person, client_for: ClientFor
) -> None:
    publish(actor=actor)
    query = {"person": "Stella", "target": "https://play.example/x", "at": "2026-11-23T10:00"}
    text = text_of(client_for(it_admin).get(reverse("filter-test"), query))
    assert "Students in elementary schools" in text
    assert "Students should use the network" in text
    assert "FOCUS-1@1" in text
    assert "Monday 10:00" in text
    leaf = Leaf.objects.get(verb="look")
    assert (leaf.actor, leaf.object) == ("Ida Itwell", f"person {student.key}")


def test_testing_for_oneself_is_no_look_at_somebody(
    house: Instance, actor: Actor, owner: Person, client_for: ClientFor
) -> None:
    publish(actor=actor)
    text = text_of(client_for(owner).get(reverse("filter-test"), {"target": "naked.example"}))
    assert "Staff, coaches and volunteers" in text
    assert not Leaf.objects.filter(verb="look").exists()


@pytest.mark.parametrize("asked", ["Stella Student", "key", "10.0.0.1"])
@pytest.mark.parametrize("viewer", ["owner", "stranger", "other_principal"])
def test_others_learn_nothing_of_a_person(
    request: pytest.FixtureRequest,
    instance: Instance,
    student: Person,
    client_for: ClientFor,
    viewer: str,
    asked: str,
) -> None:
    """The same words for a person who is hidden and for one who does not exist."""
    Seat.objects.create(network="10.0.0.1/32", person=student)
    who = str(student.key) if asked == "key" else asked
    client = client_for(request.getfixturevalue(viewer))
    hidden = text_of(client.get(reverse("filter-test"), {"person": who, "target": "a.example"}))
    assert f"Nobody whom you may look up is called “{who}”" in hidden
    nobody = {"person": "No One", "target": "a.example"}
    assert "Nobody whom you may look up" in text_of(client.get(reverse("filter-test"), nobody))
    assert not Leaf.objects.filter(verb="look").exists()


def test_a_principal_tests_for_the_own_school(
    house: Instance, actor: Actor, principal: Person, student: Person, client_for: ClientFor
) -> None:
    publish(actor=actor)
    query = {"person": "Stella", "target": "naked.example"}
    assert "Sexual content" in text_of(client_for(principal).get(reverse("filter-test"), query))


def test_several_people_are_offered(
    house: Instance,
    actor: Actor,
    it_admin: Person,
    principal: Person,
    other_principal: Person,
    client_for: ClientFor,
) -> None:
    publish(actor=actor)
    query = {"person": "district.test", "target": "play.example"}
    text = text_of(client_for(it_admin).get(reverse("filter-test"), query))
    assert "Whom do you mean?" in text
    assert "Otto Otherhead" in text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"target": "not a name"}, "holds no domain name"),
        ({"target": ""}, "This field is required"),
        ({"target": "a.example", "at": "noon"}, "Enter a valid date/time"),
        ({"target": "a.example"}, "Nothing is published yet"),
    ],
)
def test_bad_input_is_answered_in_words(
    instance: Instance,
    it_admin: Person,
    client_for: ClientFor,
    query: dict[str, str],
    words: str,
) -> None:
    assert words in text_of(client_for(it_admin).get(reverse("filter-test"), query))
