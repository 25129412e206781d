"""Reminders: on the right day, once, without a link; and a word to the supervisor."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from hornbook.district.learning import days
from hornbook.district.learning.actions.duties import add_no_school
from hornbook.district.learning.actions.reminding import escalate, remind, round_of
from hornbook.district.learning.actions.signing import refuse
from hornbook.district.learning.jobs import look_after_campaigns
from hornbook.district.learning.models import Campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.models import Revision
from tests.district.learning.conftest import assignment_of, sign_now

A_DAY = timedelta(days=1)
Start = Callable[[Revision], Campaign]
FRIDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 9)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (FRIDAY - 14 * A_DAY, "start"),
        (FRIDAY - 7 * A_DAY, "before-5"),
        (FRIDAY - 2 * A_DAY, "before-5"),
        (FRIDAY - A_DAY, "before-1"),
        (FRIDAY, "before-1"),
        (FRIDAY + A_DAY, None),
        (MONDAY, "late"),
        (MONDAY + 30 * A_DAY, "late"),
    ],
)
@pytest.mark.django_db
def test_which_reminder_falls_due(today: date, expected: str | None) -> None:
    assert round_of(FRIDAY, [5, 1], today) == expected


@pytest.mark.django_db
def test_school_days_leave_weekends_and_breaks_out(actor: Actor) -> None:
    assert days.after(FRIDAY, 1) == MONDAY
    assert days.after(FRIDAY + A_DAY, 0) == MONDAY
    assert days.before(MONDAY, 1) == FRIDAY
    assert days.before(MONDAY - A_DAY, 0) == FRIDAY
    assert days.after(FRIDAY, 10) == FRIDAY + 14 * A_DAY
    add_no_school(actor=actor, first=MONDAY, last=MONDAY + A_DAY, name="Spring break")
    assert days.after(FRIDAY, 1) == MONDAY + 2 * A_DAY
    assert days.before(MONDAY + A_DAY, 0) == FRIDAY


def test_each_round_is_one_letter_a_person(campaign: Campaign, today: date, owner: Person) -> None:
    assert remind(campaign=campaign, today=today).letters == 2
    assert remind(campaign=campaign, today=today).letters == 0
    near = days.before(campaign.due_on, 1)
    assert remind(campaign=campaign, today=near).letters == 2
    assert remind(campaign=campaign, today=campaign.due_on).letters == 0
    letters = Letter.objects.filter(person=owner)
    assert letters.count() == 2
    assert Leaf.objects.filter(verb="remind").count() == 2


def test_no_letter_carries_a_link_or_presses(campaign: Campaign, today: date) -> None:
    remind(campaign=campaign, today=today)
    remind(campaign=campaign, today=days.after(campaign.due_on, 1))
    escalate(campaign=campaign, today=days.after(campaign.due_on, 9))
    for letter in Letter.objects.all():
        words = f"{letter.subject}\n{letter.body}"
        assert not re.search(r"https?:|www\.|\.example|/sign|/today|href", words)
        assert not re.search(r"urgent|immediately|at once|suspend|last chance|!", words, re.I)
        assert "the way you usually do" in words


def test_who_signed_or_said_no_is_left_alone(
    start: Start, first: Revision, owner: Person, colleague: Person, today: date
) -> None:
    campaign = start(first)
    remind(campaign=campaign, today=today)
    sign_now(assignment_of(owner, campaign))
    refuse(actor=actor_of(colleague), assignment=assignment_of(colleague, campaign), words="")
    states = dict(Letter.objects.values_list("person__given_name", "state"))
    assert states == {"Ida": "waiting", "Olive": "dropped", "Carl": "dropped"}
    assert remind(campaign=campaign, today=campaign.due_on).letters == 1


def test_who_has_no_address_is_counted(campaign: Campaign, owner: Person, today: date) -> None:
    Person.objects.filter(pk=owner.pk).update(email="")
    posted = remind(campaign=campaign, today=today)
    assert (posted.letters, posted.silent) == (1, 1)


def test_the_button_is_a_round_of_its_own(campaign: Campaign, today: date) -> None:
    remind(campaign=campaign, today=today)
    assert remind(campaign=campaign, today=today, by_hand=f"hand-{today}").letters == 2
    assert remind(campaign=campaign, today=today, by_hand=f"hand-{today}").letters == 0


def test_the_principal_hears_a_number_once_and_never_of_themselves(
    start: Start,
    first: Revision,
    owner: Person,
    colleague: Person,
    principal: Person,
    hr: Person,
) -> None:
    campaign = start(first)
    soon = days.after(campaign.due_on, 2)
    assert escalate(campaign=campaign, today=soon).letters == 0, "people have a few days more"
    late = days.after(campaign.due_on, 3)
    escalate(campaign=campaign, today=late)
    escalate(campaign=campaign, today=late + A_DAY)
    told = Letter.objects.get(person=principal)
    assert "2 people have not signed" in told.body
    assert "Olive" not in told.body
    to_hr = Letter.objects.filter(person=hr)
    assert {letter.subject.split(":")[0] for letter in to_hr} == {
        "Not signed yet at Maple Elementary",
        "Not signed yet at Central Office",
    }
    assert "one person has" in to_hr.get(subject__contains="Maple").body, "the principal"


@pytest.mark.parametrize(
    ("moment", "letters"),
    [
        (datetime(2026, 3, 9, 10, 0), 2),
        (datetime(2026, 3, 9, 22, 0), 0),
        (datetime(2026, 3, 8, 10, 0), 0),
    ],
)
def test_nobody_is_reminded_at_night_or_on_a_sunday(
    campaign: Campaign, moment: datetime, letters: int
) -> None:
    at = timezone.make_aware(moment)
    look_after_campaigns(at)
    look_after_campaigns(at)
    assert Letter.objects.count() == letters
