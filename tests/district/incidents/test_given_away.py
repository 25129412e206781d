"""From the button to the finished incident, and everybody who has no business there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.incidents.access import helpers_of
from hornbook.district.incidents.actions import Refused, finish, make_safe, tell_more
from hornbook.district.incidents.models import Desk, GivenAway, Step, Word
from hornbook.district.learning.actions.duties import write_question
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.actions import set_password
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.people.signin.closing import open_closing
from hornbook.district.policy.models import ClauseText
from hornbook.district.records.stops import stops
from tests.district.incidents.conftest import ClientFor

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


def press(client: Client) -> str:
    """The button, and the page behind it."""
    reply = client.post(reverse("gave-away"), {"safe": "yes"})
    assert reply.headers["Location"] == reverse("gave-away-done")
    return client.get(reverse("gave-away-done")).content.decode()


def test_one_button_makes_the_account_safe(
    owner: Person, it_admin: Person, principal: Person, client_for: ClientFor, desk: Desk
) -> None:
    client, elsewhere = client_for(owner), client_for(owner)
    elsewhere.get("/me/")
    page = press(client)
    assert "Your account is safe now" in page
    assert "515-555-0100" in page
    assert client.get("/me/").status_code == 302
    assert elsewhere.get("/me/").status_code == 302
    assert owner.user is not None
    assert open_closing(owner.user) is not None
    assert {letter.to for letter in Letter.objects.all()} == {
        owner.email,
        it_admin.email,
        principal.email,
    }
    assert not any("http" in letter.body for letter in Letter.objects.all())


def test_each_step_has_its_leaf(owner: Person, client_for: ClientFor, desk: Desk) -> None:
    press(client_for(owner))
    steps = list(Step.objects.all())
    assert len(steps) >= 4
    for step in steps:
        assert Leaf.objects.get(no=step.leaf_no).detail["words"] == step.words
    with pytest.raises(DatabaseError), transaction.atomic():
        Step.objects.update(words="nothing happened")


def test_it_works_before_anybody_has_chosen_a_clause(owner: Person, client_for: ClientFor) -> None:
    assert "Your account is safe now" in press(client_for(owner))


def test_the_button_pressed_twice_is_one_incident(owner: Person, desk: Desk) -> None:
    assert make_safe(person=owner) == make_safe(person=owner)
    assert GivenAway.objects.count() == 1


def test_what_the_person_remembers_is_told_afterwards(
    owner: Person, client_for: ClientFor, desk: Desk
) -> None:
    client = client_for(owner)
    press(client)
    told = {"how": "reply", "days_ago": 30, "others": "yes", "elsewhere": "on", "words": "a mail"}
    client.post(reverse("gave-away-done"), told)
    incident = GivenAway.objects.get()
    assert (incident.how, incident.data, incident.elsewhere) == ("reply", "yes", True)
    assert round((incident.told_at - incident.since) / timedelta(days=1)) == 30
    assert "You told us more" in client.get(reverse("gave-away-done")).content.decode()


def test_another_browser_sees_nothing_of_it(owner: Person, client_for: ClientFor) -> None:
    press(client_for(owner))
    assert Client().get(reverse("gave-away-done")).headers["Location"] == reverse("gave-away")


def test_whoever_cannot_sign_in_closes_nothing_and_learns_nothing(
    owner: Person, it_admin: Person, client_for: ClientFor, desk: Desk
) -> None:
    replies = []
    for email in (owner.email, "nobody@elsewhere.test"):
        told = {"email": email, "reach": "515-555-0199", "words": "they called me"}
        reply = Client().post(reverse("gave-away"), told, follow=True)
        replies.append(re.sub(r"csrf\w+", "", reply.content.decode()))
    assert replies[0] == replies[1]
    assert owner.user is not None
    assert open_closing(owner.user) is None
    word = Word.objects.get(person=owner)
    assert [letter.to for letter in Letter.objects.all() if letter.person == it_admin]
    client = client_for(it_admin)
    assert "515-555-0199" in client.get(reverse("incidents")).content.decode()
    client.post(reverse("incident-word", args=[word.pk]), {"do": "close"})
    assert open_closing(owner.user) is not None
    incident = GivenAway.objects.get()
    assert incident.closing.clause_text is not None
    assert incident.closing.clause_text.version == "SECURE-1@1"


def test_telling_again_and_again_is_stopped(owner: Person) -> None:
    told = {"email": owner.email}
    replies = [Client().post(reverse("gave-away"), told).status_code for _ in range(4)]
    assert replies == [302, 302, 302, 429]


def test_it_closes_somebodys_account_only_by_a_clause(
    owner: Person, it_admin: Person, client_for: ClientFor
) -> None:
    client = client_for(it_admin)
    reply = client.post(reverse("incident-for", args=[owner.key]), follow=True)
    assert "needs a clause that is in force" in reply.content.decode()
    assert not GivenAway.objects.exists()


def test_it_finds_the_sign_in_that_was_not_theirs(
    owner: Person, it_admin: Person, client_for: ClientFor, actor: Actor, desk: Desk
) -> None:
    assert owner.user is not None
    set_password(actor=actor, user=owner.user, password=PASSWORD)
    told = {"login": owner.email, "password": PASSWORD}
    Client(REMOTE_ADDR="203.0.113.9").post(reverse("account_login"), told)
    incident = make_safe(person=owner)
    assert incident.steps.filter(words__contains="1 sign-in, 1 from outside").exists()
    set_password(actor=actor, user=owner.user, password=PASSWORD)
    mine = client_for(owner)
    page = mine.get(reverse("my-incident", args=[incident.key])).content.decode()
    number = re.search(r'name="attempt" value="(\d+)"', page)
    assert number is not None
    mine.post(reverse("my-incident", args=[incident.key]), {"attempt": number[1], "mine": "no"})
    page = client_for(it_admin).get(reverse("incident", args=[incident.key])).content.decode()
    assert "203.0.113.0/24" in page
    assert "203.0.113.9" not in page
    assert "Not me" in page


def test_a_principal_sees_what_was_done_but_no_sign_ins(
    owner: Person, principal: Person, client_for: ClientFor, actor: Actor, desk: Desk
) -> None:
    assert owner.user is not None
    set_password(actor=actor, user=owner.user, password=PASSWORD)
    told = {"login": owner.email, "password": PASSWORD}
    Client(REMOTE_ADDR="203.0.113.9").post(reverse("account_login"), told)
    incident = make_safe(person=owner)
    client = client_for(principal)
    page = client.get(reverse("incident", args=[incident.key])).content.decode()
    assert "Signed out everywhere" in page
    assert "203.0.113" not in page
    finish_it = {"do": "finish", "finish-finding": "x"}
    assert client.post(reverse("incident", args=[incident.key]), finish_it).status_code == 404


@pytest.mark.parametrize("who", ["colleague", "stranger", "other_principal", "owner"])
def test_others_find_nothing(
    request: pytest.FixtureRequest, owner: Person, client_for: ClientFor, who: str
) -> None:
    incident = make_safe(person=owner)
    viewer: Person = request.getfixturevalue(who)
    if viewer == owner:
        assert owner.user is not None
        set_password(actor=Actor("desk"), user=owner.user, password=PASSWORD)
    client = client_for(viewer)
    assert client.get(reverse("incident", args=[incident.key])).status_code == 404
    if viewer != owner:
        assert client.get(reverse("my-incident", args=[incident.key])).status_code == 404
        assert client.get(reverse("incident-lesson", args=[incident.key])).status_code == 404


def test_nobody_of_it_handles_their_own(it_admin: Person, client_for: ClientFor) -> None:
    incident = make_safe(person=it_admin)
    assert it_admin.user is not None
    set_password(actor=Actor("desk"), user=it_admin.user, password=PASSWORD)
    client = client_for(it_admin)
    assert client.get(reverse("incident", args=[incident.key])).status_code == 404
    assert client.get(reverse("my-incident", args=[incident.key])).status_code == 200


def test_a_look_is_seen_by_whom_it_is_about(
    owner: Person, it_admin: Person, client_for: ClientFor
) -> None:
    incident = make_safe(person=owner)
    client_for(it_admin).get(reverse("incident", args=[incident.key]))
    leaf = Leaf.objects.get(verb="look", object=f"person {owner.key}")
    assert leaf.detail["purpose"] == "Help after a password was given away"


def test_it_ends_only_with_a_new_password(owner: Person, it_admin: Person, desk: Desk) -> None:
    incident = make_safe(person=owner)
    who = actor_of(it_admin)
    with pytest.raises(Refused, match="waits for a new password"):
        finish(incident=incident, actor=who, finding="A page that looked like ours.")
    assert any("incident told on" in stop.words for stop in stops())
    assert owner.user is not None
    set_password(actor=who, user=owner.user, password=PASSWORD)
    finish(incident=incident, actor=who, finding="A page that looked like ours.")
    incident.refresh_from_db()
    assert incident.state == GivenAway.State.DONE
    assert not any("incident told on" in stop.words for stop in stops())
    with pytest.raises(DatabaseError), transaction.atomic():
        GivenAway.objects.update(state=GivenAway.State.OPEN)


def test_a_lesson_instead_of_blame(
    owner: Person,
    client_for: ClientFor,
    actor: Actor,
    desk: Desk,
    policy_in_force: dict[str, ClauseText],
) -> None:
    choices = [
        {"text": "Type the address myself", "why": "A link may lead anywhere.", "right": True},
        {"text": "Answer at once", "why": "Hurry is the trick.", "right": False},
    ]
    text = policy_in_force["SAFE-1"]
    question = write_question(actor=actor, text=text, prompt="A mail hurries you?", choices=choices)
    incident = make_safe(person=owner)
    assert owner.user is not None
    set_password(actor=actor, user=owner.user, password=PASSWORD)
    client = client_for(owner)
    assert "Your account after you told" in client.get("/").content.decode()
    address = reverse("incident-lesson", args=[incident.key])
    assert text.official in client.get(address).content.decode()
    wrong = client.post(address, {f"q{question.pk}": "1"})
    assert "Hurry is the trick." in wrong.content.decode()
    for nonsense in ("7", "x", "-1", "99999999999999999999"):
        assert client.post(address, {f"q{question.pk}": nonsense}).status_code == 422
    client.post(address, {f"q{question.pk}": "0"})
    incident.refresh_from_db()
    assert incident.lesson_done_at is not None
    assert Leaf.objects.get(verb="take lesson").clause_texts == ["SAFE-1@1"]


def test_whoever_helps_is_told_and_nobody_else(
    owner: Person,
    it_admin: Person,
    principal: Person,
    other_principal: Person,
    superintendent: Person,
    hr: Person,
) -> None:
    assert set(helpers_of(owner)) == {it_admin, principal}
    assert set(helpers_of(principal)) == {it_admin, superintendent}
    assert set(helpers_of(it_admin)) == {superintendent}


def test_longer_ago_doubts_more(owner: Person, desk: Desk) -> None:
    Authenticator.objects.create(
        user=owner.user,
        type="webauthn",
        data={"name": "key"},
        created_at=timezone.now() - timedelta(days=20),
    )
    incident = make_safe(person=owner)
    assert Authenticator.objects.exists()
    tell_more(
        incident=incident,
        actor=actor_of(owner),
        how="page",
        days_ago=30,
        others="no",
        elsewhere=False,
        words="",
    )
    assert not Authenticator.objects.exists()
