"""Why somebody gets a verdict: the chain that the page and the command show."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hornbook.district.filtering import explain_command
from hornbook.district.filtering.actions import add_entry
from hornbook.district.filtering.compiler import carried
from hornbook.district.filtering.defaults import ensure_category
from hornbook.district.filtering.explaining import (
    Disagreement,
    ExplainError,
    chain,
    explain_for,
    read_target,
    served_kernel,
)
from hornbook.district.filtering.models import Rule
from hornbook.district.filtering.publishing import publish
from hornbook.district.filtering.subjects import UnknownSubject, find_subject
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role, RoleAssignment, Seat
from hornbook.instance import Instance
from hornbook.kernel.explain import explain
from tests.district.conftest import MakePerson, Sites
from tests.district.filtering.conftest import born

MONDAY_10 = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
MONDAY_20 = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
Sit = Callable[[str, Person], Seat]


@pytest.fixture
def pupil(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Pat Pupil", Role.STUDENT, sites.birch, birth_date=born(15), account=False)


def spoken(told: dict[str, Any]) -> list[str]:
    return [step["rule"] for step in told["steps"] if step["fits"]]


def test_the_whole_chain(house: Instance, actor: Actor, sit: Sit, pupil: Person) -> None:
    sit("10.0.0.1", pupil)
    publish(actor=actor)
    told = explain_for(pupil, "https://www.play.example/chess?level=3", MONDAY_10)
    assert told["person"]["profile"] == "high-students"
    assert [read["profile"] for read in told["person"]["why"] if read["fits"]] == ["high-students"]
    assert told["person"]["seated"]
    assert told["target"]["name"] == "www.play.example"
    assert "name only" in told["target"]["note"]
    assert told["matched"] == "play.example"
    assert told["categories"] == [{"key": "games", "name": "Games"}]
    assert told["sources"][0]["key"] == "local/games"
    assert told["local_time"] == "Monday 10:00"
    assert spoken(told) == ["high-leisure-school-hours"]
    assert told["verdict"]["action"] == "block"
    assert told["verdict"]["official"].startswith("Students should use the network")
    assert (told["basis"]["label"], told["override"]) == ("Local policy", "Teacher")
    assert json.loads(json.dumps(told)) == told


def test_in_the_evening_no_rule_fits(house: Instance, actor: Actor, pupil: Person) -> None:
    publish(actor=actor)
    told = explain_for(pupil, "play.example", MONDAY_20)
    assert (told["verdict"]["action"], spoken(told)) == ("allow", [])
    reasons = {step["rule"]: step["why"] for step in told["steps"]}
    assert (
        reasons["high-leisure-school-hours"]
        == "it holds only Monday to Friday 08:00–15:00 on school days"
    )
    assert reasons["younger-leisure"] == "it is for other people"
    assert reasons["no-ads"] == "it is switched off"


def test_the_protected_set_ends_the_chain(house: Instance, actor: Actor, pupil: Person) -> None:
    publish(actor=actor)
    told = explain_for(pupil, "988lifeline.org", MONDAY_10)
    assert spoken(told) == ["protected"]
    assert told["unread"] == Rule.objects.count()
    assert told["basis"]["key"] == "protected"


def test_somebody_without_a_seat_gets_the_profile_of_their_roles(
    house: Instance, actor: Actor, owner: Person
) -> None:
    Person.objects.filter(pk=owner.pk).update(email="")  # an e-mail address is a seat in Chrome
    publish(actor=actor)
    told = explain_for(owner, "naked.example", MONDAY_10)
    assert (told["person"]["profile"], told["person"]["seated"]) == ("staff", False)
    assert spoken(told) == ["cipa-adults"]


def test_a_seat_that_is_out_of_date_is_told(
    house: Instance, actor: Actor, sit: Sit, owner: Person
) -> None:
    sit("10.0.0.1", owner)
    publish(actor=actor)
    RoleAssignment.objects.filter(person=owner).update(role=Role.PRINCIPAL)
    told = explain_for(owner, "naked.example", MONDAY_10)
    assert told["person"]["profile"] == "staff"
    assert "publish to renew" in told["person"]["note"]


def test_an_address_without_a_person(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    told = explain_for(None, "naked.example", MONDAY_10, address="192.0.2.7")
    assert told["person"]["profile"] == "guests"
    assert spoken(told) == ["cipa-minors"]


def test_rules_that_changed_since_are_not_mixed_in(
    house: Instance, actor: Actor, owner: Person
) -> None:
    """The chain is that of the parts in service, not of rules that wait to be published."""
    publish(actor=actor)
    Rule.objects.filter(key="security-malware").update(enabled=False)
    told = explain_for(owner, "virus.example", MONDAY_10)
    assert spoken(told) == ["security-malware"]


def test_a_matrix_that_contradicts_its_rules_is_a_loud_fault(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    kernel = served_kernel()
    told = carried.read(kernel.rulebook.meta)
    found = explain(kernel, "virus.example", profile="staff")
    wrong = replace(found, ruled=replace(found.ruled, action="allow"))
    with pytest.raises(Disagreement, match="security-malware"):
        chain(told, wrong, minute=0)


def test_without_parts_the_error_names_the_command(instance: Instance, owner: Person) -> None:
    with pytest.raises(ExplainError, match="hornbook publish"):
        explain_for(owner, "play.example", MONDAY_10)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("play.example", "play.example"),
        (" HTTPS://Play.Example:8443/x ", "play.example"),
        ("user:pass@play.example", "play.example"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_targets(asked: str, name: str) -> None:
    assert read_target(asked).name == name


@pytest.mark.parametrize("asked", ["", "http://", "a b", "x:99999", "http://[::1", "-..-"])
def test_what_is_no_target(asked: str) -> None:
    with pytest.raises(ExplainError, match="no domain name"):
        read_target(asked)


@pytest.mark.parametrize(
    ("asked", "name"), [("http://192.0.2.7/x", "192.0.2.7"), ("[2001:DB8::7]:443", "2001:db8::7")]
)
def test_a_bare_address_is_judged_as_the_proxy_does(
    house: Instance, actor: Actor, pupil: Person, asked: str, name: str
) -> None:
    """As a way around where a list of such ways is in force; else like what is in no list."""
    publish(actor=actor)
    told = explain_for(pupil, asked, MONDAY_10)
    assert (told["target"]["name"], told["verdict"]["action"]) == (name, "allow")
    assert "way around" in told["target"]["note"]
    enter(actor, "tunnel.example", "proxy-bypass")
    told = explain_for(pupil, asked, MONDAY_10)
    assert told["verdict"]["action"] == "block"
    assert told["verdict"]["clause"] == "BYPASS-1@1"
    assert [category["key"] for category in told["categories"]] == ["proxy-bypass"]
    assert told["steps"][-1]["fits"]


def enter(actor: Actor, name: str, category: str) -> None:
    add_entry(
        actor=actor, name=name, category=ensure_category(category, actor=actor), reason="Test"
    )
    publish(actor=actor)


def test_a_page_that_is_listed_is_judged_beside_its_name(
    house: Instance, actor: Actor, pupil: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(actor, "sites.example/u/bob", "adult")
    page = explain_for(pupil, "https://sites.example/u/bob/1?v=2", MONDAY_10)
    assert page["verdict"]["action"] == "allow"
    assert (page["page"]["path"], page["page"]["verdict"]["action"]) == ("/u/bob", "block")
    assert page["page"]["steps"][-1]["rule"] == page["page"]["verdict"]["rule"]
    other = explain_for(pupil, "https://sites.example/u/eve", MONDAY_10)["page"]
    assert "not this one" in other["note"]
    assert "No list means" in explain_for(pupil, "play.example/x", MONDAY_10)["page"]["note"]
    assert explain_for(pupil, "sites.example", MONDAY_10)["page"] is None
    run("https://sites.example/u/bob", "--person", pupil.email)
    assert "/u/bob: block" in capsys.readouterr().out


def test_people_are_found_by_key_mail_sourced_id_and_address(
    owner: Person, colleague: Person, sit: Sit, sites: Sites
) -> None:
    Person.objects.filter(pk=owner.pk).update(sourced_id="T-17")
    sit("127.0.0.4", owner)
    Seat.objects.create(network="127.0.0.0/8", site=sites.oak)
    for text in (str(owner.key), owner.email.upper(), "T-17", "127.0.0.4"):
        assert find_subject(text).person == owner
    assert find_subject("127.0.0.5").person is None
    with pytest.raises(UnknownSubject, match="Nobody is known as “nobody@x”"):
        find_subject("nobody@x")


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    explain_command.configure(parser)
    return explain_command.run(parser.parse_args(words), Instance.at())


def test_the_command_explains_and_leaves_a_leaf(
    house: Instance, actor: Actor, sit: Sit, pupil: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    sit("127.0.0.3", pupil)
    publish(actor=actor)
    assert run("play.example", "--person", "127.0.0.3", "--at", "2026-11-23T10:00") == 0
    text = capsys.readouterr().out
    assert "→ high-leisure-school-hours (FOCUS-1@1)" in text
    assert "may be opened by: Teacher" in text
    leaf = Leaf.objects.get(verb="look")
    assert (leaf.object, leaf.clause_texts) == (f"person {pupil.key}", ["FOCUS-1@1"])
    assert run("unlisted.example", "--person", "127.0.0.3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"]["action"] == "allow"


def test_a_time_that_cannot_be_read_is_told(house: Instance, actor: Actor) -> None:
    publish(actor=actor)
    with pytest.raises(ExplainError, match="2026-11-23T10:00"):
        run("play.example", "--person", "127.0.0.3", "--at", "tomorrow")
