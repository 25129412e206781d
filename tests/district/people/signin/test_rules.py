"""What sign-in asks of a role: a second step, and not to leave a machine alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role, SignInRule
from hornbook.district.people.signin.actions import Wanted, ensure_rules, set_rule
from hornbook.district.people.signin.rules import ASKED, SEEN, limits_of
from hornbook.district.policy.models import ClauseText

ClientFor = Callable[[Person | None], Client]


def leave_alone(client: Client, minutes: float) -> None:
    """Turn the clock of the session back."""
    session = client.session
    session[SEEN] -= minutes * 60
    session.pop(ASKED, None)
    session.save()


def test_a_machine_left_alone_is_signed_out_and_says_why(
    client_for: ClientFor, owner: Person, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    clause = policy_in_force["SECURE-1"].clause
    set_rule(actor=actor, wanted=Wanted(Role.TEACHER, idle_minutes=30, clause=clause))
    client = client_for(owner)
    assert client.get("/me/").status_code == 200
    leave_alone(client, 29)
    assert client.get("/me/").status_code == 200
    leave_alone(client, 31)
    reply = client.get("/me/?from=here")
    assert reply.headers["Location"] == "/account/login/?next=%2Fme%2F%3Ffrom%3Dhere"
    page = client.get(reply.headers["Location"]).content.decode()
    assert "Nobody used this computer for 30 minutes" in page
    assert "(SECURE-1)" in page
    assert client.get("/me/").status_code == 302


def test_without_a_rule_a_session_lasts(client_for: ClientFor, owner: Person) -> None:
    client = client_for(owner)
    client.get("/me/")
    leave_alone(client, 60 * 12)
    assert client.get("/me/").status_code == 200


def test_a_second_step_is_asked_of_the_role_alone(
    client_for: ClientFor, owner: Person, it_admin: Person, actor: Actor
) -> None:
    set_rule(actor=actor, wanted=Wanted(Role.IT, second_step=True))
    assert client_for(owner).get("/me/").status_code == 200
    client = client_for(it_admin)
    reply = client.get("/people/")
    assert reply.headers["Location"] == reverse("mfa_index")
    assert "Your role needs a second step" in client.get(reverse("mfa_index")).content.decode()
    assert it_admin.user is not None
    TOTP.activate(it_admin.user, generate_totp_secret())
    assert client.get("/people/").status_code == 200


def test_the_strictest_of_several_roles_counts(
    make_person: Callable[..., Person], owner: Person, actor: Actor, sites: object
) -> None:
    owner.roles.create(
        role=Role.COACH, site=owner.roles.get().site, starts_on=owner.roles.get().starts_on
    )
    set_rule(actor=actor, wanted=Wanted(Role.TEACHER, idle_minutes=60))
    set_rule(actor=actor, wanted=Wanted(Role.COACH, second_step=True, idle_minutes=20))
    assert owner.user is not None
    found = limits_of(owner.user)
    assert (found.idle_minutes, found.second_step) == (20, True)
    owner.roles.filter(role=Role.COACH).update(ends_on=owner.roles.get(role=Role.COACH).starts_on)
    assert limits_of(owner.user).idle_minutes == 60


def test_the_same_rule_again_leaves_no_leaf(actor: Actor) -> None:
    for _ in range(2):
        set_rule(actor=actor, wanted=Wanted(Role.IT, second_step=True))
    assert Leaf.objects.filter(verb="set what sign-in asks").count() == 1


def test_a_new_district_begins_with_rules_and_keeps_its_own(actor: Actor) -> None:
    set_rule(actor=actor, wanted=Wanted(Role.COACH, idle_minutes=15))
    ensure_rules(actor=actor, strict=True)
    rules = {rule.role: rule for rule in SignInRule.objects.all()}
    assert rules[Role.COACH].idle_minutes == 15
    assert rules[Role.HR].second_step
    assert not rules[Role.TEACHER].second_step
    assert Role.STUDENT not in rules


def test_it_changes_the_rules_on_their_page(
    client_for: ClientFor,
    it_admin: Person,
    actor: Actor,
    policy_in_force: dict[str, ClauseText],
) -> None:
    client = client_for(it_admin)
    page = reverse("sign-in-rules")
    reply = client.post(page, {"teacher-idle_minutes": "45", "clause": "SECURE-1"})
    assert reply.status_code == 302
    rule = SignInRule.objects.get(role=Role.TEACHER)
    assert (rule.idle_minutes, rule.clause) == (45, policy_in_force["SECURE-1"].clause)
    wrong = client.post(page, {"teacher-idle_minutes": "2"})
    assert wrong.status_code == 422
    rule.refresh_from_db()
    assert rule.idle_minutes == 45


@pytest.mark.parametrize("who", ["stranger", "principal", "hr"])
def test_nobody_else_sees_the_rules(
    client_for: ClientFor, request: pytest.FixtureRequest, who: str
) -> None:
    client = client_for(request.getfixturevalue(who))
    assert client.get(reverse("sign-in-rules")).status_code == 404


def test_one_button_signs_me_out_everywhere_else(client_for: ClientFor, owner: Person) -> None:
    laptop, phone = client_for(owner), client_for(owner)
    for client in (laptop, phone):
        client.get("/me/")
    assert "This one" in laptop.get(reverse("where-signed-in")).content.decode()
    laptop.post(reverse("where-signed-in"))
    assert phone.get("/me/").status_code == 302
    assert laptop.get("/me/").status_code == 200
    assert Leaf.objects.get(verb="sign out everywhere").detail == {"ended": 1}


def test_hr_signs_somebody_out_after_a_lost_laptop(
    client_for: ClientFor, hr: Person, owner: Person, principal: Person
) -> None:
    laptop = client_for(owner)
    laptop.get("/me/")
    address = reverse("sign-somebody-out", args=[owner.key])
    assert client_for(principal).post(address).status_code == 404
    assert laptop.get("/me/").status_code == 200
    assert client_for(hr).post(address).status_code == 302
    assert laptop.get("/me/").status_code == 302
