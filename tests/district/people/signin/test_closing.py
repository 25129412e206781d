"""An account that somebody else may use is closed to everybody, and opens for its holder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.actions import SeatAt, set_password, set_seats
from hornbook.district.people.models import (
    Attempt,
    Closing,
    Person,
    ResetCode,
    Site,
    SiteKind,
    User,
)
from hornbook.district.people.signin.attempts import browser_of, whereabouts
from hornbook.district.people.signin.closing import (
    TRIES,
    BadCode,
    CannotClose,
    close_account,
    make_code,
    open_closing,
    use_code,
)
from hornbook.district.policy.models import ClauseText

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]
OLD, NEW = "the old long password", "a new and longer password"


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    cache.clear()


def user_of(person: Person) -> User:
    assert person.user is not None
    return person.user


def close(person: Person, actor: Actor) -> None:
    close_account(actor=actor, user=user_of(person), why="stolen", own_wish=True)


def sign_in(client: Client, person: Person, password: str) -> int:
    told = {"login": person.email, "password": password}
    return client.post(reverse("account_login"), told).status_code


def test_the_old_password_opens_nothing_and_every_session_ends(
    owner: Person, actor: Actor, client: Client
) -> None:
    set_password(actor=actor, user=user_of(owner), password=OLD)
    assert sign_in(client, owner, OLD) == 302
    client.get("/me/")
    assert UserSession.objects.filter(user=owner.user).count() == 1
    close(owner, actor)
    assert client.get("/me/").status_code == 302
    assert sign_in(Client(), owner, OLD) == 200
    assert Leaf.objects.get(verb="close account until reset").detail["sessions_ended"] == 1


def test_ways_to_sign_in_added_since_are_removed_and_older_ones_stay(
    owner: Person, actor: Actor
) -> None:
    now = timezone.now()
    for days, data in ((1, {"name": "stranger's"}), (40, {"name": "mine"})):
        Authenticator.objects.create(
            user=owner.user,
            type="webauthn",
            data=data | {"credential": {}},
            created_at=now - timedelta(days=days),
        )
    found = close_account(
        actor=actor,
        user=user_of(owner),
        why="stolen",
        own_wish=True,
        since=now - timedelta(days=7),
    )
    assert len(found.removed) == 1
    assert Authenticator.objects.get().data["name"] == "mine"


def test_closing_somebody_elses_account_needs_a_clause(
    owner: Person, actor: Actor, policy_in_force: dict[str, ClauseText]
) -> None:
    with pytest.raises(CannotClose):
        close_account(actor=actor, user=user_of(owner), why="stolen")
    with pytest.raises(IntegrityError), transaction.atomic():
        Closing.objects.create(user=user_of(owner), at=timezone.now(), by="x", why="y")
    close_account(actor=actor, user=user_of(owner), why="stolen", text=policy_in_force["SECURE-1"])
    assert Leaf.objects.get(verb="close account until reset").clause_texts == ["SECURE-1@1"]


def test_a_code_from_the_desk_opens_it_once(
    owner: Person, it_admin: Person, actor: Actor, client_for: ClientFor
) -> None:
    close(owner, actor)
    page = client_for(it_admin).post(reverse("reset-code", args=[owner.key])).content.decode()
    code = page.split("<code>")[1].split("</code>")[0]
    assert code not in str(list(ResetCode.objects.values()))
    assert "Ida Itwell made a code" in Letter.objects.get(to=owner.email).body
    told = {"email": owner.email, "code": code.lower(), "password": NEW, "again": NEW}
    reply = Client().post(reverse("account-reset"), told)
    assert reply.headers["Location"] == reverse("account_login")
    assert open_closing(user_of(owner)) is None
    assert sign_in(Client(), owner, NEW) == 302
    assert Client().post(reverse("account-reset"), told).status_code == 422


def test_a_code_is_worth_nothing_after_five_wrong_ones(owner: Person, actor: Actor) -> None:
    code = make_code(actor=actor, user=user_of(owner))
    for _ in range(TRIES):
        with pytest.raises(BadCode):
            use_code(email=owner.email, code="0000-0000-0000-0000", password=NEW)
    assert ResetCode.objects.get().tries == TRIES
    with pytest.raises(BadCode):
        use_code(email=owner.email, code=code, password=NEW)


def test_a_slip_of_the_finger_is_no_try(owner: Person, actor: Actor) -> None:
    code = make_code(actor=actor, user=user_of(owner))
    slip = code[:-1] + ("0" if code[-1] != "0" else "1")
    with pytest.raises(BadCode):
        use_code(email=owner.email, code=slip, password=NEW)
    assert ResetCode.objects.get().tries == 0
    assert use_code(email=owner.email, code=code, password=NEW) == owner.user


def test_a_code_ends_after_a_day_and_a_newer_one_replaces_it(owner: Person, actor: Actor) -> None:
    first = make_code(actor=actor, user=user_of(owner))
    second = make_code(actor=actor, user=user_of(owner))
    with pytest.raises(BadCode):
        use_code(email=owner.email, code=first, password=NEW)
    ResetCode.objects.update(ends_at=timezone.now())
    with pytest.raises(BadCode):
        use_code(email=owner.email, code=second, password=NEW)


def test_nobody_makes_a_code_for_themselves_or_without_the_role(
    it_admin: Person, hr: Person, principal: Person, owner: Person, client_for: ClientFor
) -> None:
    for who, whom in ((it_admin, it_admin), (principal, owner), (hr, it_admin)):
        reply = client_for(who).post(reverse("reset-code", args=[whom.key]))
        assert reply.status_code == 404


def test_guessing_from_one_address_is_stopped(owner: Person) -> None:
    client = Client()
    told = {"email": owner.email, "code": "x", "password": NEW, "again": NEW}
    replies = [client.post(reverse("account-reset"), told).status_code for _ in range(31)]
    assert replies[:30] == [422] * 30
    assert replies[30] == 429


def test_a_session_of_a_closed_account_leads_to_a_new_password(
    owner: Person, actor: Actor, client_for: ClientFor
) -> None:
    """Only a passkey can make such a session; what follows is the same for every page."""
    close(owner, actor)
    user_of(owner).refresh_from_db()
    client = client_for(owner)
    assert client.get("/me/").headers["Location"] == reverse("account_set_password")
    told = {"password1": NEW, "password2": NEW}
    client.post(reverse("account_set_password"), told)
    assert open_closing(user_of(owner)) is None
    assert client.get("/me/").status_code == 200


def test_a_password_set_at_the_command_line_opens_it(owner: Person, actor: Actor) -> None:
    close(owner, actor)
    set_password(actor=actor, user=user_of(owner), password=NEW)
    assert open_closing(user_of(owner)) is None


def test_sign_ins_are_kept_coarsely_and_failures_once(
    owner: Person, actor: Actor, sites: object
) -> None:
    set_password(actor=actor, user=user_of(owner), password=OLD)
    client = Client(REMOTE_ADDR="198.51.100.77", HTTP_USER_AGENT="Mozilla (Windows) Firefox/1")
    sign_in(client, owner, "wrong")
    sign_in(client, owner, "wrong again")
    sign_in(client, owner, OLD)
    kept = list(Attempt.objects.order_by("at").values_list("good", "how", "network", "browser"))
    assert kept == [
        (False, "password", "198.51.100.0/24", "Firefox on Windows"),
        (True, "password", "198.51.100.0/24", "Firefox on Windows"),
    ]


def test_an_address_without_an_account_leaves_nothing(db: None) -> None:
    Client().post(reverse("account_login"), {"login": "nobody@x.test", "password": "guess"})
    assert not Attempt.objects.exists()


def test_a_networks_site_is_named(sites: object, actor: Actor) -> None:
    site = Site.objects.get(kind=SiteKind.HIGH)
    set_seats(actor=actor, seats=[SeatAt("10.20.0.0/16", site=site)])
    assert whereabouts("10.20.3.4") == ("10.20.3.0/24", site.name)
    assert whereabouts("2001:db8:1:2::3") == ("2001:db8:1::/48", "")
    assert whereabouts("nonsense") == ("", "")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/120 Safari/537", "Chrome on a Chromebook"),
        ("Mozilla/5.0 (iPhone) Version/17 Safari/604", "Safari on an iPhone or iPad"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", "Edge on Windows"),
        ("curl/8", ""),
    ],
)
def test_a_browser_has_a_name(agent: str, words: str) -> None:
    assert browser_of(agent) == words
