"""A notice from the six elements to the day on which material goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.business_days import is_business_day
from hornbook.district.copyright.actions import (
    OUTSIDE,
    Refused,
    complete,
    counter,
    disable,
    note,
    refuse,
    repeats,
    restore,
    set_agent,
    take_in,
    to_court,
    withdraw,
)
from hornbook.district.copyright.law import law, missing, must_be_asked, restore_window
from hornbook.district.copyright.models import STEPS, Agent, Notice, State
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import ClauseText
from tests.district.conftest import MakePerson, Sites

ClientFor = Callable[[Person | None], Client]
WHOLE: dict[str, Any] = {
    "claimant": "Ann Author",
    "owner": "",
    "address": "1 Elm St, Ames",
    "phone": "",
    "email": "ann@author.test",
    "works": "A book of birds",
    "material": "Page 3 of the class page",
    "good_faith": True,
    "perjury": True,
    "signature": "Ann Author",
}
ANSWER = {
    "name": "Olive Owner",
    "address": "2 Oak St, Ames",
    "phone": "515-555-0101",
    "email": "",
    "material": "Page 3",
    "reasons": "I drew it myself.",
    "signature": "Olive Owner",
}


@pytest.fixture(autouse=True)
def _no_tries_left_over() -> None:
    cache.clear()


@pytest.fixture
def custodian(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Cora Keeper", Role.CUSTODIAN, sites.central)


@pytest.fixture
def agent(actor: Actor, policy_in_force: dict[str, ClauseText]) -> Agent:
    return set_agent(
        actor=actor,
        name="The librarian",
        organization="Central schools",
        address="1 Main St",
        phone="515-555-0123",
        email="agent@district.test",
        registration="DMCA-1",
        registered_on=date(2024, 2, 29),
        clause=policy_in_force["COPY-1"].clause,
    )


def come(**told: Any) -> Notice:
    return take_in(actor=OUTSIDE, via=Notice.Via.WEB, told=WHOLE | told)


# --- the law, pure ---


def test_a_whole_notice_misses_nothing() -> None:
    assert missing(WHOLE) == []
    assert len(law().elements) == 6


@pytest.mark.parametrize(
    ("left_out", "element"),
    [
        (["signature"], "signature"),
        (["works"], "works"),
        (["material"], "material"),
        (["address", "phone", "email"], "contact"),
        (["good_faith"], "good_faith"),
        (["perjury"], "perjury"),
    ],
)
def test_each_element_is_missed(left_out: list[str], element: str) -> None:
    told = WHOLE | dict.fromkeys(left_out, "")
    assert missing(told) == [element]
    core = element in {"works", "material", "contact"}
    assert must_be_asked(missing(told)) is not core


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_window_is_never_too_early_and_never_too_late(day: date) -> None:
    first, last = restore_window(day)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(is_business_day(one, holidays=False) for one in between) == 14
    until = [one for one in between if one <= first]
    assert sum(is_business_day(one, holidays=True) for one in until) == 10
    assert day < first <= last


def test_the_window_over_the_end_of_a_year() -> None:
    # Counted from 21 December 2026: Christmas and New Year's Day lie between.
    assert restore_window(date(2026, 12, 21)) == (date(2027, 1, 6), date(2027, 1, 8))


# --- what happens ---


@pytest.mark.django_db
def test_the_whole_way_to_putting_it_back(agent: Agent, owner: Person, actor: Actor) -> None:
    notice = come()
    assert {letter.to for letter in Letter.objects.all()} == {
        "ann@author.test",
        "agent@district.test",
    }
    disable(actor=actor, notice=notice, subscriber=owner)
    assert Leaf.objects.filter(
        verb="copyright step", detail__words__startswith="Took", clause_texts=["COPY-1@1"]
    ).exists()
    assert Letter.objects.filter(to=owner.email).exists()
    made = counter(actor=actor, notice=notice, told=ANSWER)
    copy = Letter.objects.get(subject="A counter-notice")
    assert copy.to == "ann@author.test"
    assert "2 Oak St" in copy.body
    with pytest.raises(Refused, match="Not before"):
        restore(actor=actor, notice=notice, today=made.restore_from - timedelta(days=1))
    assert repeats(owner) == 0
    restore(actor=actor, notice=notice, today=made.restore_from)
    assert notice.state == State.RESTORED


@pytest.mark.django_db
def test_a_court_keeps_it_down(agent: Agent, owner: Person, actor: Actor) -> None:
    notice = come()
    disable(actor=actor, notice=notice, subscriber=owner)
    with pytest.raises(Refused):
        to_court(actor=actor, notice=notice)
    made = counter(actor=actor, notice=notice, told=ANSWER)
    to_court(actor=actor, notice=notice)
    with pytest.raises(Refused):
        restore(actor=actor, notice=notice, today=made.restore_by)
    assert repeats(owner) == 1


@pytest.mark.django_db
def test_an_incomplete_notice_takes_nothing_down(agent: Agent, actor: Actor) -> None:
    notice = come(signature="")
    assert notice.state == State.INCOMPLETE
    assert "signature of somebody" in Letter.objects.get(to="ann@author.test").body
    with pytest.raises(Refused, match="complete"):
        disable(actor=actor, notice=notice, subscriber=None)
    with pytest.raises(Refused, match="write to them"):
        refuse(actor=actor, notice=notice, reason="no signature")
    note(actor=actor, notice=notice, words="Wrote to them by mail.")
    complete(actor=actor, notice=notice, told={"signature": "Ann Author", "works": ""})
    assert notice.state == State.RECEIVED
    assert notice.works == WHOLE["works"]
    disable(actor=actor, notice=notice, subscriber=None)


@pytest.mark.django_db
def test_nothing_is_taken_down_as_somebodys_without_a_clause(owner: Person, actor: Actor) -> None:
    notice = come()
    with pytest.raises(Refused, match="Choose the clause"):
        disable(actor=actor, notice=notice, subscriber=owner)


@pytest.mark.django_db
def test_a_number_counts_what_stands_and_nothing_follows(
    agent: Agent, owner: Person, actor: Actor
) -> None:
    notices = [come() for _ in range(3)]
    for one in notices:
        disable(actor=actor, notice=one, subscriber=owner)
    assert repeats(owner) == 3
    withdraw(actor=actor, notice=notices[0])
    counter(actor=actor, notice=notices[1], told=ANSWER)
    assert repeats(owner) == 1
    owner.refresh_from_db()
    assert owner.active


@pytest.mark.django_db
def test_the_database_takes_no_other_step(agent: Agent) -> None:
    notice = come()
    allowed = {end for begin, end in STEPS if begin == State.RECEIVED}
    for state in State:
        if state not in allowed and state != State.RECEIVED:
            with pytest.raises(DatabaseError), transaction.atomic():
                Notice.objects.filter(pk=notice.pk).update(state=state)
    with pytest.raises(DatabaseError), transaction.atomic():
        notice.delete()


@pytest.mark.django_db
def test_no_step_from_any_state_skips_the_counter_notice() -> None:
    """Material that was countered is the only one that a court keeps down."""
    assert {begin for begin, end in STEPS if end == State.COURT} == {State.COUNTERED}
    assert {begin for begin, end in STEPS if end == State.DISABLED} == {State.RECEIVED}
    ends = {State.RESTORED, State.COURT, State.REFUSED, State.WITHDRAWN}
    assert not {begin for begin, _ in STEPS} & ends


# --- pages ---


@pytest.mark.django_db
def test_anybody_writes_a_notice_and_learns_what_is_missing(agent: Agent) -> None:
    client = Client()
    page = client.get(reverse("copyright")).content.decode()
    assert "The librarian" in page
    assert "DMCA-1" in page
    told = {k: v for k, v in WHOLE.items() if v and k != "signature"} | {"good_faith": "on"}
    page = client.post(reverse("copyright-notice-new"), told).content.decode()
    notice = Notice.objects.get()
    assert notice.number in page
    assert "a physical or electronic signature" in page
    empty = client.post(reverse("copyright-notice-new"), {"claimant": "x"})
    assert empty.status_code == 422
    assert not Notice.objects.exclude(pk=notice.pk).exists()


@pytest.mark.django_db
def test_a_flood_of_notices_is_stopped(agent: Agent) -> None:
    told = {k: v for k, v in WHOLE.items() if v}
    replies = [Client().post(reverse("copyright-notice-new"), told).status_code for _ in range(11)]
    assert replies == [200] * 10 + [429]


@pytest.mark.django_db
def test_the_person_answers_with_a_counter_notice(
    agent: Agent, owner: Person, custodian: Person, client_for: ClientFor, actor: Actor
) -> None:
    notice = come()
    mine = client_for(owner)
    address = reverse("copyright-mine", args=[notice.number])
    assert mine.get(address).status_code == 404  # nothing was taken down yet
    disable(actor=actor, notice=notice, subscriber=owner)
    assert notice.number in mine.get(reverse("copyright")).content.decode()
    assert "no finding against you" in mine.get(address).content.decode()
    half = mine.post(address, ANSWER)
    assert half.status_code == 422  # the two statements are missing
    mine.post(address, ANSWER | {"perjury": "on", "consent": "on"})
    notice.refresh_from_db()
    assert notice.state == State.COUNTERED
    desk = client_for(custodian)
    page = desk.get(reverse("copyright-desk")).content.decode()
    assert f"{notice.counter.restore_from:%-d %B %Y}" in page
    early = desk.post(
        reverse("copyright-notice", args=[notice.number]), {"do": "restore"}, follow=True
    )
    assert "Not before" in early.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["owner", "colleague", "stranger", "principal", "hr"])
def test_others_find_no_desk(
    request: pytest.FixtureRequest, agent: Agent, actor: Actor, client_for: ClientFor, who: str
) -> None:
    notice = come()
    client = client_for(request.getfixturevalue(who))
    for name, args in (
        ("copyright-desk", []),
        ("copyright-agent", []),
        ("copyright-notice-add", []),
        ("copyright-notice", [notice.number]),
        ("copyright-mine", [notice.number]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 404


@pytest.mark.django_db
def test_the_desk_does_not_handle_its_own(
    agent: Agent, custodian: Person, client_for: ClientFor, actor: Actor
) -> None:
    notice = come()
    disable(actor=actor, notice=notice, subscriber=custodian)
    client = client_for(custodian)
    assert client.get(reverse("copyright-notice", args=[notice.number])).status_code == 404
    assert client.get(reverse("copyright-mine", args=[notice.number])).status_code == 200


@pytest.mark.django_db
def test_the_desks_page_does_every_step(
    agent: Agent, owner: Person, custodian: Person, client_for: ClientFor
) -> None:
    client = client_for(custodian)
    told = {"via": "paper", "claimant": "Bea Band", "works": "A song", "material": "A film"}
    address = client.post(reverse("copyright-notice-add"), told).headers["Location"]
    assert "it is no notice" in client.get(address).content.decode()
    more = {f"more-{k}": v for k, v in WHOLE.items() if v}
    client.post(address, {"do": "more", **more})
    unknown = client.post(address, {"do": "disable", "disable-subscriber": "Nobody Known"})
    assert unknown.status_code == 422
    client.post(address, {"do": "disable", "disable-subscriber": owner.email})
    assert "1 notice stands about them" in client.get(address).content.decode()
    paper = {f"answer-{k}": v for k, v in ANSWER.items()}
    client.post(address, {"do": "answer", **paper, "answer-perjury": "on", "answer-consent": "on"})
    client.post(address, {"do": "court"})
    assert Notice.objects.get().state == State.COURT
    assert client.post(address, {"do": "nonsense"}).status_code == 404


@pytest.mark.django_db
def test_a_registration_of_a_leap_day_is_renewed_before(agent: Agent) -> None:
    assert agent.renew_by == date(2027, 2, 28)
