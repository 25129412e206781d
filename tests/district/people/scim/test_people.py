"""Joiners, movers and leavers, as a directory tells them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role, ScimGroup, User
from hornbook.district.people.permissions import has_role
from hornbook.district.people.scim.actions import map_group, revoke_source
from tests.district.conftest import Sites

SCIM = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def joiner(name: str = "jo.joiner@district.test", **more: Any) -> dict[str, Any]:
    facts = {
        "schemas": [USER],
        "userName": name,
        "name": {"givenName": "Jo", "familyName": "Joiner"},
        "emails": [{"value": name, "type": "work", "primary": True}],
        "active": True,
    }
    return facts | more


def post(client: Client, path: str, body: Any) -> Any:
    reply = client.post(f"/scim/v2/{path}", json.dumps(body), SCIM)
    return reply.status_code, reply.json()


def patch(client: Client, path: str, *operations: dict[str, Any]) -> Any:
    body = {"schemas": [PATCH], "Operations": operations}
    reply = client.patch(f"/scim/v2/{path}", json.dumps(body), SCIM)
    return reply.status_code, reply.json()


def find(client: Client, words: str, kind: str = "Users") -> list[dict[str, Any]]:
    reply = client.get(f"/scim/v2/{kind}", {"filter": words})
    assert reply.status_code == 200, reply.content
    found: list[dict[str, Any]] = reply.json().get("Resources", [])
    return found


def test_a_joiner_gets_an_account_and_no_role(directory: Client) -> None:
    status, made = post(directory, "Users", joiner())
    assert status == 201
    person = Person.objects.get(key=made["id"])
    assert (str(person), person.email) == ("Jo Joiner", "jo.joiner@district.test")
    assert person.user is not None
    assert not person.user.has_usable_password()
    assert not person.roles.exists()
    assert Leaf.objects.filter(verb="directory added a person", object=str(person.key)).exists()


def test_a_mapped_group_gives_a_role_at_a_site(
    directory: Client, actor: Actor, sites: Sites
) -> None:
    _, made = post(directory, "Users", joiner())
    _, group = post(directory, "Groups", {"schemas": [GROUP], "displayName": "Teachers Maple"})
    person, row = Person.objects.get(key=made["id"]), ScimGroup.objects.get(key=group["id"])
    add = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert patch(directory, f"Groups/{group['id']}", add)[0] == 200
    assert not has_role(person, Role.TEACHER)  # the group means nothing yet
    map_group(actor=actor, group=row, role=Role.TEACHER, site=sites.maple)
    assert has_role(person, Role.TEACHER, site=sites.maple)


def test_a_mover_changes_groups_and_keeps_a_history(
    directory: Client, actor: Actor, sites: Sites
) -> None:
    _, made = post(directory, "Users", joiner())
    person = Person.objects.get(key=made["id"])
    groups = {}
    for name, site in (("Maple", sites.maple), ("Oak", sites.oak)):
        members = [{"value": made["id"]}] if name == "Maple" else []
        body = {"schemas": [GROUP], "displayName": name, "members": members}
        _, groups[name] = post(directory, "Groups", body)
        row = ScimGroup.objects.get(key=groups[name]["id"])
        map_group(actor=actor, group=row, role=Role.TEACHER, site=site)
    person.roles.update(starts_on=timezone.localdate().replace(year=2020))
    gone = {"op": "remove", "path": f'members[value eq "{made["id"]}"]'}
    assert patch(directory, f"Groups/{groups['Maple']['id']}", gone)[0] == 200
    come = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
    assert patch(directory, f"Groups/{groups['Oak']['id']}", come)[0] == 200
    assert has_role(person, Role.TEACHER, site=sites.oak)
    assert not has_role(person, Role.TEACHER, site=sites.maple)
    assert person.roles.count() == 2  # the time at Maple is history, not gone


def test_a_leaver_is_signed_out_at_once(directory: Client, actor: Actor, sites: Sites) -> None:
    _, made = post(directory, "Users", joiner())
    person = Person.objects.get(key=made["id"])
    assert person.user is not None
    browser = Client()
    browser.force_login(person.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get("/me/").status_code == 200
    # Entra writes the operation with a capital, and the value as a string.
    off = {"op": "Replace", "path": "active", "value": False}
    assert patch(directory, f"Users/{made['id']}", off)[1]["active"] is False
    assert browser.get("/me/").status_code == 302
    assert not User.objects.get(pk=person.user.pk).is_active


def test_nobody_is_deleted(directory: Client, actor: Actor, sites: Sites) -> None:
    _, made = post(directory, "Users", joiner())
    body = {"schemas": [GROUP], "displayName": "Maple", "members": [{"value": made["id"]}]}
    _, group = post(directory, "Groups", body)
    row = ScimGroup.objects.get(key=group["id"])
    map_group(actor=actor, group=row, role=Role.TEACHER, site=sites.maple)
    assert directory.delete(f"/scim/v2/Users/{made['id']}").status_code == 204
    assert directory.get(f"/scim/v2/Users/{made['id']}").status_code == 404
    person = Person.objects.get(key=made["id"])
    assert not person.active
    assert not person.roles.active(timezone.localdate()).exists()
    status, again = post(directory, "Users", joiner())
    assert (status, again["id"]) == (201, made["id"])
    person.refresh_from_db()
    assert person.active


def test_the_roster_keeps_present_whom_a_directory_removes(
    directory: Client, owner: Person
) -> None:
    found = find(directory, f'userName eq "{owner.email.upper()}"')
    assert [one["id"] for one in found] == [str(owner.key)]
    assert directory.delete(f"/scim/v2/Users/{owner.key}").status_code == 204
    owner.refresh_from_db()
    assert owner.active  # the roster still says so
    assert owner.user is not None
    assert not owner.user.is_active  # but the way in is closed


def test_pupils_of_the_roster_are_not_the_directorys_business(
    directory: Client, student: Person
) -> None:
    assert find(directory, f'emails.value eq "{student.email}"') == []
    assert directory.get(f"/scim/v2/Users/{student.key}").status_code == 404
    taken = joiner("stella", emails=[{"value": student.email}])
    assert post(directory, "Users", taken)[0] == 409


def test_a_name_that_is_taken_is_refused(directory: Client, owner: Person) -> None:
    status, told = post(directory, "Users", joiner(owner.email))
    assert (status, told["scimType"]) == (409, "uniqueness")


def test_somebody_of_the_roster_is_taken_over_by_address(directory: Client, owner: Person) -> None:
    body = joiner("olive", emails=[{"value": owner.email}])
    status, made = post(directory, "Users", body)
    assert (status, made["id"]) == (201, str(owner.key))
    assert Person.objects.filter(email=owner.email).count() == 1


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ('userName eq "JO.joiner@district.test"', 1),
        ('userName sw "jo." and active eq true', 1),
        ('emails[value ew "@district.test"] and name.familyName co "oin"', 1),
        ('not (externalId eq "7")', 1),
        ('externalId eq "7" or externalId pr', 0),
        ('id eq "nobody"', 0),
    ],
)
def test_filters(directory: Client, words: str, count: int) -> None:
    post(directory, "Users", joiner())
    named = f'({words}) and userName co "joiner"'
    assert len(find(directory, named)) == count


@pytest.mark.parametrize("words", ["userName eq", 'nickName eq "x"', "userName gt 3", "(", "a" * 9])
def test_a_filter_that_cannot_be_answered_says_so(directory: Client, words: str) -> None:
    reply = directory.get("/scim/v2/Users", {"filter": words})
    assert (reply.status_code, reply.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("body", ["", "{", "[]", '{"schemas": []}', "[" * 100_000])
def test_a_body_that_is_none_changes_nothing(directory: Client, body: str) -> None:
    before = Person.objects.count()
    assert directory.post("/scim/v2/Users", body, SCIM).status_code == 400
    assert Person.objects.count() == before


def test_pages_of_people(directory: Client) -> None:
    for number in range(5):
        post(directory, "Users", joiner(f"p{number}@district.test"))
    query: dict[str, str | int] = {"startIndex": 2, "count": 2, "filter": 'userName sw "p"'}
    told = directory.get("/scim/v2/Users", query).json()
    assert (told["totalResults"], told["startIndex"], told["itemsPerPage"]) == (5, 2, 2)
    names = [one["userName"] for one in told["Resources"]]
    assert names == ["p1@district.test", "p2@district.test"]


def test_without_a_good_token_there_is_nothing(
    directory: Client, token: str, it_admin: Person, actor: Actor
) -> None:
    stranger = Client(headers={"Authorization": f"Bearer {token}x"})
    for client in (Client(), stranger):
        reply = client.get("/scim/v2/Users")
        assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
    revoke_source(actor=actor, key="entra")
    assert directory.get("/scim/v2/Users").status_code == 401


def test_a_wrong_method_names_the_right_ones(directory: Client) -> None:
    reply = directory.put("/scim/v2/Users", "{}", SCIM)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, POST")
