"""The pages of signing, without script, as a browser without it sends them."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from hornbook.district.learning.actions.duties import choose_notice
from hornbook.district.learning.models import Campaign, Duty, Refusal, Signature
from hornbook.district.learning.paper import Paper
from hornbook.district.learning.strength import strength_of
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText, Revision
from tests.district.learning.conftest import (
    NEW_WORDS,
    SENTENCE,
    ask_about,
    assignment_of,
    revise,
    sign_now,
)

ClientFor = Callable[[Person | None], Client]


def address(name: str, person: Person, campaign: Campaign) -> str:
    return reverse(name, args=[assignment_of(person, campaign).key])


def text_of(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def digest_in(page: str) -> str:
    found = re.search(r'name="sha256" value="(\w{64})"', page)
    assert found
    return found[1]


def test_the_whole_way_from_today_to_the_evidence(
    client_for: ClientFor,
    campaign: Campaign,
    owner: Person,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
) -> None:
    ask_about(policy_in_force["BYPASS-1"], actor)
    client = client_for(owner)
    today = text_of(client, reverse("today"))
    assert "One thing needs you." in today
    begin = address("sign-changes", owner, campaign)
    assert begin in today
    assert "for the first time" in text_of(client, begin)
    read = address("sign-read", owner, campaign)
    sha256 = digest_in(text_of(client, read))
    questions = client.post(read, {"sha256": sha256})["Location"]
    wrong = client.post(questions, {"choice": "0"}).content.decode()
    assert "Not quite: A proxy" in wrong
    assert "The policy names proxies." in wrong
    assert "Choose one answer" in client.post(questions, {}).content.decode()
    assert (
        "Yes: ask for the page instead." in client.post(questions, {"choice": "1"}).content.decode()
    )
    confirm = client.get(questions)["Location"]
    page = text_of(client, confirm)
    assert SENTENCE in page
    done = client.post(confirm, {"sha256": digest_in(page)})["Location"]
    signature = Signature.objects.get()
    assert done == reverse("signature", args=[signature.number])
    assert signature.number in text_of(client, done)
    assert client.post(confirm, {"sha256": sha256})["Location"] == done
    body = client.get(reverse("signature-paper", args=[signature.number])).content
    assert hashlib.sha256(body).hexdigest() == signature.shown_id == sha256
    assert "Nothing needs you." in text_of(client, reverse("today"))
    assert signature.number in text_of(client, reverse("sign"))


def test_the_pages_show_every_word_of_the_paper_and_no_other_policy(
    client_for: ClientFor,
    campaign: Campaign,
    owner: Person,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
) -> None:
    choose_notice(actor=actor, clauses=[policy_in_force["MONITOR-1"].clause])
    client = client_for(owner)
    names = ("sign-changes", "sign-read", "sign-confirm")
    body = client.get(address("sign-paper", owner, campaign)).content
    client.post(address("sign-read", owner, campaign), {"sha256": hashlib.sha256(body).hexdigest()})
    pages = "".join(text_of(client, address(name, owner, campaign)) for name in names)
    plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", pages)).split())
    for block in Paper.read(body).blocks:
        if block.kind not in {"part", "language", "official"}:
            assert " ".join(block.text.split()) in plain, block


def test_a_wording_that_changes_half_way_is_told_and_nothing_is_lost(
    client_for: ClientFor,
    start: Callable[[Revision], Campaign],
    campaign: Campaign,
    first: Revision,
    owner: Person,
    today: date,
) -> None:
    client = client_for(owner)
    read = address("sign-read", owner, campaign)
    sha256 = digest_in(text_of(client, read))
    client.post(read, {"sha256": sha256})
    newer = revise(first, today, {"BYPASS-1": NEW_WORDS})
    confirm = address("sign-confirm", owner, campaign)
    page = client.post(confirm, {"sha256": sha256}).content.decode()
    assert "cannot be signed now" in page
    assert "Nothing is lost" in page
    again = start(newer)
    assert "You are asked anew" in text_of(client, confirm) or "no longer in force" in text_of(
        client, confirm
    )
    assert address("sign-changes", owner, again) in text_of(client, reverse("sign"))
    assert not Signature.objects.exists()


def test_a_paper_that_changed_is_shown_anew_instead_of_signed(
    client_for: ClientFor, campaign: Campaign, duty: Duty, owner: Person
) -> None:
    client = client_for(owner)
    read = address("sign-read", owner, campaign)
    sha256 = digest_in(text_of(client, read))
    client.post(read, {"sha256": sha256})
    Duty.objects.filter(pk=duty.pk).update(sentence="I agree to something else.")
    answer = client.post(address("sign-confirm", owner, campaign), {"sha256": sha256}, follow=True)
    assert "has changed since you opened it" in answer.content.decode()
    assert not Signature.objects.exists()
    assert digest_in(text_of(client, read)) != sha256


def test_nobody_reaches_the_end_without_reading(
    client_for: ClientFor, campaign: Campaign, owner: Person
) -> None:
    client = client_for(owner)
    confirm = address("sign-confirm", owner, campaign)
    assert client.get(confirm)["Location"] == address("sign-read", owner, campaign)
    client.post(confirm, {"sha256": ""})
    assert not Signature.objects.exists()


def test_saying_no_needs_no_reason(
    client_for: ClientFor, campaign: Campaign, owner: Person
) -> None:
    client = client_for(owner)
    where = address("sign-refuse", owner, campaign)
    assert "You may say no" in text_of(client, where)
    answer = client.post(where, {"words": ""}, follow=True)
    assert "You may still sign" in answer.content.decode()
    assert Refusal.objects.count() == 1
    client.post(where, {"words": "again"})
    assert Refusal.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["sign-changes", "sign-read", "sign-question", "sign-confirm", "sign-refuse", "sign-paper"],
)
def test_nobody_signs_for_another(
    client_for: ClientFor, campaign: Campaign, owner: Person, hr: Person, name: str
) -> None:
    where = address(name, owner, campaign)
    for person in (hr,):
        client = client_for(person)
        assert client.get(where).status_code == 404
        assert client.post(where, {"sha256": "x"}).status_code in (404, 405)
    assert client_for(None).get(where).status_code == 302


def test_a_signature_is_for_its_signer_and_those_who_look_after_them(
    client_for: ClientFor,
    campaign: Campaign,
    owner: Person,
    principal: Person,
    hr: Person,
    other_principal: Person,
    stranger: Person,
) -> None:
    number = sign_now(assignment_of(owner, campaign)).number
    for name in ("signature", "signature-paper"):
        where = reverse(name, args=[number])
        for person, status in (
            (owner, 200),
            (principal, 200),
            (hr, 200),
            (other_principal, 404),
            (stranger, 404),
        ):
            assert client_for(person).get(where).status_code == status, person


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], "unknown"),
        ([{"method": "password"}], "password"),
        ([{"method": "password"}, {"method": "mfa", "type": "totp"}], "second-step"),
        ([{"method": "mfa", "type": "webauthn", "passwordless": True}], "passkey"),
        ([{"method": "socialaccount"}], "sign-on"),
        ([{"method": "socialaccount"}, {"method": "mfa", "type": "webauthn"}], "second-step"),
    ],
)
def test_how_somebody_signed_in_is_kept(records: list[dict[str, object]], expected: str) -> None:
    assert strength_of(records) == expected


def test_the_sign_in_page_carries_the_notice(
    client_for: ClientFor, policy_in_force: dict[str, ClauseText], actor: Actor
) -> None:
    choose_notice(actor=actor, clauses=[policy_in_force["MONITOR-1"].clause])
    for where in (reverse("account_login"), reverse("privacy")):
        page = text_of(client_for(None), where)
        assert "can and will monitor" in page
        assert "one line is kept" in page
