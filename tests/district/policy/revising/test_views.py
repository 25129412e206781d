"""The pages of a draft, for those who write, those who adopt, and those who have no business."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from hornbook.district.people.models import Person, Role
from hornbook.district.policy.access import clause_by_key, text_in_force
from hornbook.district.policy.models import Revision
from hornbook.district.policy.revising.models import Draft, DraftState
from tests.district.conftest import MakePerson, Sites
from tests.district.policy.revising.conftest import BINDS, MEETING, NOTICE, clause, rewrite

pytestmark = pytest.mark.django_db

ClientFor = Callable[[Person | None], Client]


@pytest.fixture
def writer(client_for: ClientFor, policy_owner: Person) -> Client:
    return client_for(policy_owner)


@pytest.fixture
def adopter(client_for: ClientFor, superintendent: Person) -> Client:
    return client_for(superintendent)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def post(client: Client, address: str, **data: object) -> str:
    """Send the form; the page that follows."""
    answer = client.post(address, data, follow=True)
    return answer.content.decode()


def test_a_draft_from_the_first_word_to_its_adoption(
    writer: Client, adopter: Client, draft: Draft
) -> None:
    base = f"/revise/{draft.pk}/"
    words = "Staff must report damage to the office by the next school day."
    said = post(writer, f"{base}clauses/SEC-3/", version=0, official=words, plain="")
    assert "Read as “must”, for: Staff." in said
    assert "Stronger: should → must" in said
    assert "No public notice is on file" in said
    for kind, on in (("notice", NOTICE), ("meeting", MEETING)):
        post(writer, f"{base}evidence/", kind=kind, on=on, words="Web site")
    assert "Proposed by Paul Penman" in post(writer, f"{base}do/", do="propose")
    assert "Edit SEC-3" not in page(adopter, base)
    said = post(adopter, f"{base}adopt/", effective_on=BINDS, minute_ref="Item 7b", agreed="on")
    assert "Adopted as revision 3. It binds from 1 September 2026." in said
    text = text_in_force(clause_by_key("SEC-3"), BINDS)
    assert text is not None
    assert text.official == words
    assert "revision 3 and binds from" in page(writer, base)


def test_two_editors_see_both_wordings(writer: Client, draft: Draft) -> None:
    address = f"/revise/{draft.pk}/clauses/SEC-1/"
    rewrite(draft, "SEC-1", "Users must lock shared devices.")
    typed = "Users must leave no shared device open."
    answer = writer.post(address, {"version": 0, "official": typed, "plain": "Lock it."})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Paula Policy changed this clause while you were writing" in text
    assert f">\n{typed}</textarea>" in text
    assert 'name="version" value="1"' in text
    post(writer, address, version=1, official=typed, plain="Lock it.")
    assert clause(draft, "SEC-1").official == typed


def test_a_plain_line_falls_with_the_words_that_it_explained(writer: Client, draft: Draft) -> None:
    draft.clauses.filter(key="SEC-1").update(plain="Log out when you go.")
    address = f"/revise/{draft.pk}/clauses/SEC-1/"
    new = {"version": 0, "official": "Users must lock devices.", "plain": "Log out when you go."}
    assert "Its plain line is gone" in post(writer, address, **new)
    assert clause(draft, "SEC-1").plain == ""
    fits = {**new, "version": 1, "official": "All must lock devices.", "plain": "Lock it."}
    post(writer, address, **fits)
    post(writer, address, **{**fits, "version": 2, "official": "Lock it.", "plain_fits": "on"})
    assert clause(draft, "SEC-1").plain == "Lock it."


def test_clauses_come_and_go(writer: Client, draft: Draft) -> None:
    base = f"/revise/{draft.pk}/"
    words = "Students must not eat near devices."
    assert "The new clause is SEC-4." in post(
        writer, f"{base}after/SEC-1/", version=0, official=words, plain=""
    )
    post(writer, f"{base}clauses/PRI-1/move/", do="remove", version=0)
    assert clause(draft, "PRI-1").removed
    said = post(writer, f"{base}clauses/PRI-1/move/", do="restore", version=0)
    assert "changed PRI-1 while you were writing" in said
    post(writer, f"{base}clauses/PRI-1/move/", do="restore", version=1)
    assert not clause(draft, "PRI-1").removed
    assert writer.post(f"{base}clauses/PRI-1/move/", {"do": "x", "version": 1}).status_code == 404


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"kind": "notice", "on": "2999-01-01", "words": "Web"}, "has not come yet"),
        ({"kind": "picnic", "on": "2026-01-01", "words": "Web"}, "Select a valid choice"),
        ({"kind": "notice", "on": "soon", "words": "Web"}, "Enter a valid date"),
    ],
)
def test_evidence_that_cannot_be_keeps_what_was_typed(
    writer: Client, draft: Draft, data: dict[str, str], complaint: str
) -> None:
    answer = writer.post(f"/revise/{draft.pk}/evidence/", data)
    assert answer.status_code == 422
    assert complaint in answer.content.decode()


def test_who_proposed_finds_no_button_to_adopt(
    make_person: MakePerson, sites: Sites, client_for: ClientFor, proposed: Draft
) -> None:
    both = proposed.proposed_by
    assert both is not None
    both.roles.create(role=Role.BOARD, site=sites.central, starts_on="2020-08-01")
    client = client_for(both)
    assert "Another person must adopt it" in page(client, f"/revise/{proposed.pk}/adopt/")
    form = {"effective_on": BINDS, "minute_ref": "7b", "agreed": "on"}
    answer = client.post(f"/revise/{proposed.pk}/adopt/", form)
    assert "Another person must adopt it" in answer.content.decode()
    proposed.refresh_from_db()
    assert proposed.state == DraftState.PROPOSED
    assert Revision.objects.filter(policy=proposed.policy).count() == 2


def test_nobody_without_a_role_for_the_whole_district_comes_in(
    make_person: MakePerson, sites: Sites, client_for: ClientFor, draft: Draft, hr: Person
) -> None:
    elsewhere = [
        make_person("Percy Penman", Role.POLICY_OWNER, sites.oak),
        make_person("Hugo Here", Role.HR, sites.maple),
        make_person("Bo Board", Role.BOARD, sites.birch),
        hr,
    ]
    for person in elsewhere:
        client = client_for(person)
        for address in ("", f"{draft.pk}/", "check/", f"{draft.pk}/adopt/", "explain/SEC-1/"):
            page(client, f"/revise/{address}", status=404)
        assert client.post(f"/revise/{draft.pk}/do/", {"do": "propose"}).status_code == 404


def test_each_does_only_their_own_part(writer: Client, adopter: Client, draft: Draft) -> None:
    page(writer, f"/revise/{draft.pk}/adopt/", status=404)
    page(adopter, f"/revise/{draft.pk}/clauses/SEC-1/", status=404)
    assert adopter.post("/revise/", {"policy": "tiny", "why": "x"}).status_code == 404
    page(writer, "/revise/999/", status=404)


def test_a_draft_is_begun_from_the_list(writer: Client, draft: Draft) -> None:
    said = post(writer, "/revise/", policy="tiny", why="Passkeys.")
    assert "Passkeys." in said
    assert Draft.objects.count() == 2
    assert writer.post("/revise/", {"policy": "none", "why": ""}).status_code == 422


def test_a_plain_line_is_written_with_a_name(writer: Client, draft: Draft) -> None:
    post(writer, "/revise/explain/SEC-1/", plain="Log out when you go.")
    text = page(writer, "/policy/SEC-1/")
    assert "Log out when you go." in text
    assert "Written by Paul Penman" in text


def test_the_policies_in_force_are_checked(writer: Client, draft: Draft) -> None:
    text = page(writer, "/revise/check/")
    assert "No public notice and meeting on file" in text
    assert "CIPA (v)" in text
