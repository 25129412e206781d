"""Campaign pages: who sees whom, the dry run, paper, reminders, doubts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hornbook.district.learning.models import (
    Assignment,
    Campaign,
    Duty,
    NoSchool,
    NoticeClause,
    Question,
    Signature,
)
from hornbook.district.ledger.models import Leaf
from hornbook.district.mail.models import Letter
from hornbook.district.people.models import Person, Role, RoleAssignment
from hornbook.district.policy.models import ClauseText, Revision
from tests.district.conftest import MakePerson, Sites
from tests.district.learning.conftest import assignment_of, revise, sign_now

ClientFor = Callable[[Person | None], Client]
Start = Callable[[Revision], Campaign]


@pytest.fixture
def everybody(
    start: Start, first: Revision, owner: Person, colleague: Person, stranger: Person
) -> Campaign:
    """Two teachers at Maple, a volunteer at Oak, and IT at the office are asked."""
    return start(first)


@pytest.fixture
def school_hr(make_person: MakePerson, sites: Sites) -> Person:
    """Human resources at Oak only."""
    return make_person("Hedda Hiresatoak", Role.HR, sites.oak)


def body(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_campaign_from_the_dry_run_to_the_first_numbers(
    client_for: ClientFor, hr: Person, duty: Duty, first: Revision, owner: Person
) -> None:
    client = client_for(hr)
    plan = reverse("campaign-plan")
    page = body(client, f"{plan}?duty={duty.key}&revision={first.pk}")
    assert "3 people would be asked" in page
    assert "Owner, Olive" in page
    assert not Campaign.objects.exists(), "a look writes nothing"
    seen = re.search(r'name="hash" value="(\w{64})"', page)
    assert seen
    answer = client.post(
        plan, {"duty": duty.key, "revision": first.pk, "hash": seen[1]}, follow=True
    )
    assert "0 of 3 have signed" in answer.content.decode()
    assert Campaign.objects.get().started_by == "Hanna Hires"


def test_a_list_that_changed_meanwhile_is_shown_again(
    client_for: ClientFor, hr: Person, duty: Duty, first: Revision
) -> None:
    answer = client_for(hr).post(
        reverse("campaign-plan"),
        {"duty": duty.key, "revision": first.pk, "hash": "0" * 64},
        follow=True,
    )
    assert "has changed since you looked" in answer.content.decode()
    assert not Campaign.objects.exists()


def test_nonsense_gets_an_answer_with_a_remedy(
    client_for: ClientFor, hr: Person, duty: Duty, first: Revision
) -> None:
    client, plan = client_for(hr), reverse("campaign-plan")
    assert "error-summary" in body(client, f"{plan}?duty=moon&revision=x&due_on=never")
    past = body(client, f"{plan}?duty={duty.key}&revision={first.pk}&due_on=2020-01-01")
    assert "lies in the past" in past


def test_a_principal_sees_their_own_school_and_nobody_else(
    client_for: ClientFor, everybody: Campaign, principal: Person, owner: Person, stranger: Person
) -> None:
    client = client_for(principal)
    page = body(client, reverse("campaign", args=[everybody.key]))
    assert "0 of 2 have signed" in page
    assert "Oak" not in page
    assert "Remind today" not in page
    people = reverse("campaign-people", args=[everybody.key])
    listed = body(client, people)
    assert "Owner, Olive" in listed
    assert "Stranger" not in listed
    assert "Stranger" not in body(client, f"{people}?q=stranger&site=oak")
    other = reverse("assignment", args=[everybody.key, assignment_of(stranger, everybody).key])
    assert client.get(other).status_code == 404


def test_human_resources_of_another_school_are_refused_everywhere(
    client_for: ClientFor, everybody: Campaign, school_hr: Person, owner: Person, stranger: Person
) -> None:
    client = client_for(school_hr)
    number = sign_now(assignment_of(owner, everybody)).number
    row = assignment_of(owner, everybody)
    theirs = assignment_of(stranger, everybody)
    assert "Owner" not in body(client, reverse("campaign-people", args=[everybody.key]))
    assert client.get(reverse("assignment", args=[everybody.key, theirs.key])).status_code == 200
    for where in (
        reverse("assignment", args=[everybody.key, row.key]),
        reverse("signature", args=[number]),
        reverse("signature-paper", args=[number]),
        reverse("campaign-plan"),
        reverse("duties"),
        reverse("duty-new"),
        reverse("notice"),
        reverse("questions", args=["BYPASS-1"]),
    ):
        assert client.get(where).status_code == 404, where
    for where in (
        reverse("assignment", args=[everybody.key, row.key]),
        reverse("campaign-remind", args=[everybody.key]),
        reverse("campaign-doubts", args=[everybody.key]),
        reverse("campaign-close", args=[everybody.key]),
        reverse("signature-withdraw", args=[everybody.key, row.key, number]),
    ):
        assert client.post(where, {"reason": "x"}).status_code == 404, where
    assert Campaign.objects.get().state == "running"


def test_a_campaign_of_others_is_no_campaign_of_mine(
    client_for: ClientFor, campaign: Campaign, other_principal: Person, stranger: Person
) -> None:
    """Only people at Maple and the office are asked in this one."""
    Assignment.objects.filter(person__in=[other_principal, stranger]).update(sites=[])
    assert (
        client_for(other_principal).get(reverse("campaign", args=[campaign.key])).status_code == 404
    )
    assert client_for(stranger).get(reverse("campaigns")).status_code == 404


def test_the_list_narrows_by_state_words_and_site(
    client_for: ClientFor, everybody: Campaign, hr: Person, owner: Person
) -> None:
    sign_now(assignment_of(owner, everybody))
    client, people = client_for(hr), reverse("campaign-people", args=[everybody.key])
    assert "Owner" in body(client, f"{people}?state=signed")
    assert "Colleague" not in body(client, f"{people}?state=signed")
    assert "Stranger" in body(client, f"{people}?site=oak")
    assert "Colleague" in body(client, f"{people}?q=carl")
    assert "Nobody fits" in body(client, f"{people}?state=late")
    Assignment.objects.filter(state="open").update(due_on=date(2020, 9, 1))
    assert "Colleague" in body(client, f"{people}?state=late")
    body(client, f"{people}?state=king&site=moon&page=x")


def test_a_look_at_one_person_is_a_leaf(
    client_for: ClientFor, everybody: Campaign, principal: Person, owner: Person
) -> None:
    where = reverse("assignment", args=[everybody.key, assignment_of(owner, everybody).key])
    body(client_for(principal), where)
    assert Leaf.objects.get(verb="look").object == f"person {owner.key}"


def test_paper_is_recorded_with_the_digest_of_its_scan(
    client_for: ClientFor, everybody: Campaign, principal: Person, owner: Person
) -> None:
    client = client_for(principal)
    where = reverse("assignment", args=[everybody.key, assignment_of(owner, everybody).key])
    told = {"method": "paper", "signed_on": timezone.localdate().isoformat(), "note": "Folder 3"}
    assert "Name who saw" in client.post(where, told).content.decode()
    scan = SimpleUploadedFile("scan.pdf", b"%PDF-1.7 a scan")
    client.post(where, told | {"witness": "Pia Principal", "scan": scan})
    signature = Signature.objects.get()
    assert signature.scan_sha256 == hashlib.sha256(b"%PDF-1.7 a scan").hexdigest()
    assert signature.recorded_by == "Pia Principal"


def test_a_signature_is_withdrawn_by_human_resources_with_a_reason(
    client_for: ClientFor, everybody: Campaign, hr: Person, principal: Person, owner: Person
) -> None:
    signature = sign_now(assignment_of(owner, everybody))
    row = assignment_of(owner, everybody)
    where = reverse("signature-withdraw", args=[everybody.key, row.key, signature.number])
    assert client_for(principal).post(where, {"reason": "x"}).status_code == 404
    client_for(hr).post(where, {"reason": ""})
    assert assignment_of(owner, everybody).state == "signed"
    client_for(hr).post(where, {"reason": "Pressed by somebody else"})
    assert assignment_of(owner, everybody).state == "open"
    assert "Withdrawn" in body(client_for(owner), reverse("signature", args=[signature.number]))


def test_reminders_and_doubts_are_decided_on_the_page(
    client_for: ClientFor, everybody: Campaign, hr: Person
) -> None:
    client = client_for(hr)
    client.post(reverse("campaign-remind", args=[everybody.key]))
    assert Letter.objects.filter(about=everybody.about).count() == 4
    again = client.post(reverse("campaign-remind", args=[everybody.key]), follow=True)
    assert "was reminded today already" in again.content.decode()
    one = Letter.objects.order_by("pk")[0]
    for state in ("sending", "doubt"):
        Letter.objects.filter(pk=one.pk).update(state=state)
    assert "1 letter in doubt" in body(client, reverse("campaign", args=[everybody.key]))
    client.post(reverse("campaign-doubts", args=[everybody.key]), {"again": "no"})
    assert Letter.objects.get(pk=one.pk).state == "sent"


def test_closing_needs_a_reason(client_for: ClientFor, everybody: Campaign, hr: Person) -> None:
    client, where = client_for(hr), reverse("campaign-close", args=[everybody.key])
    client.post(where, {"reason": ""})
    assert Campaign.objects.get().state == "running"
    client.post(where, {"reason": "The wrong sentence"})
    assert Campaign.objects.get().state == "closed"


def test_a_newer_wording_is_told_on_the_page(
    client_for: ClientFor, everybody: Campaign, hr: Person, first: Revision, today: date
) -> None:
    newer = revise(first, today)
    page = body(client_for(hr), reverse("campaign", args=[everybody.key]))
    assert "A newer wording is in force" in page
    assert f"revision={newer.pk}" in page


def test_the_curve_stands_beside_the_one_before(
    client_for: ClientFor,
    everybody: Campaign,
    start: Start,
    hr: Person,
    owner: Person,
    first: Revision,
    today: date,
) -> None:
    sign_now(assignment_of(owner, everybody))
    newer = start(revise(first, today))
    page = body(client_for(hr), reverse("campaign", args=[newer.key]))
    assert 'class="ghost"' in page
    assert "At this point of the campaign before, it was 25 %." in page


def test_a_long_list_costs_as_few_questions_as_a_short_one(
    client_for: ClientFor,
    everybody: Campaign,
    hr: Person,
    sites: Sites,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    people = Person.objects.bulk_create(
        Person(given_name=f"P{n}", family_name="Many") for n in range(300)
    )
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=p, role=Role.TEACHER, site=sites.oak, starts_on=date(2020, 8, 1))
        for p in people
    )
    Assignment.objects.bulk_create(
        Assignment(
            campaign=everybody,
            person=p,
            sites=[sites.oak.pk],
            assigned_on=everybody.starts_on,
            due_on=everybody.due_on,
        )
        for p in people
    )
    client = client_for(hr)
    client.get(reverse("help"))  # what sign-in asks is looked up once a minute
    with django_assert_max_num_queries(18):
        assert "Next" in body(client, reverse("campaign-people", args=[everybody.key]))
    with django_assert_max_num_queries(24):
        body(client, reverse("campaign", args=[everybody.key]))
    with django_assert_max_num_queries(16):
        body(client, reverse("campaigns"))


# --- duties, questions, notice -----------------------------------------------------------------


def test_a_duty_is_made_and_changed_on_its_page(
    client_for: ClientFor, policy_owner: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    client = client_for(policy_owner)
    told = {
        "key": "sign-safe",
        "title": "Being safe",
        "clause": "SAFE-1",
        "roles": ["teacher", "aide"],
        "site_kinds": ["elementary"],
        "sentence": "I will.",
        "school_days": "5",
        "repeats_months": "12",
    }
    assert "Sign what" not in client.post(reverse("duty-new"), told).content.decode()
    duty = Duty.objects.get()
    assert duty.audience == {"roles": ["teacher", "aide"], "site_kinds": ["elementary"]}
    assert "already" in client.post(reverse("duty-new"), told).content.decode()
    client.post(reverse("duty", args=[duty.key]), told | {"title": "Safer"})
    assert Duty.objects.get().title == "Safer"
    assert "Safer" in body(client, reverse("duties"))
    assert "error-summary" in client.post(reverse("duty-new"), {}).content.decode()


def test_a_question_is_written_counted_and_retired(
    client_for: ClientFor, hr: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    client, where = client_for(hr), reverse("questions", args=["BYPASS-1"])
    told = {
        "prompt": "May you?",
        "right": "No",
        "right_why": "It is prohibited.",
        "wrong_1": "Yes",
        "wrong_1_why": "It is not.",
        "wrong_2": "Sometimes",
    }
    assert "Say why" in client.post(where, told).content.decode()
    client.post(where, told | {"wrong_2_why": "Never."})
    question = Question.objects.get()
    assert [choice["right"] for choice in question.choices] == [True, False, False]
    assert "May you?" in body(client, where)
    client.post(reverse("question-retire", args=[question.pk]))
    assert "May you?" not in body(client, where)


def test_the_clauses_of_the_notice_are_chosen(
    client_for: ClientFor, hr: Person, policy_in_force: dict[str, ClauseText]
) -> None:
    client = client_for(hr)
    assert "No clause chosen" in body(client, reverse("notice"))
    client.post(reverse("notice"), {"clauses": ["MONITOR-1"]})
    assert [str(one) for one in NoticeClause.objects.all()] == ["MONITOR-1"]
    assert "No clause chosen" not in body(client, reverse("notice"))


def test_days_without_school_are_written_down_and_taken_out(
    client_for: ClientFor, hr: Person
) -> None:
    client, where = client_for(hr), reverse("no-school")
    wrong = {"name": "Break", "first": "2026-12-23", "last": "2026-12-01"}
    assert "comes after the first" in client.post(where, wrong).content.decode()
    client.post(where, {"name": "Storm", "first": "2026-12-23"})
    day = NoSchool.objects.get()
    assert day.first == day.last
    assert "Storm" in body(client, where)
    client.post(where, {"remove": day.pk})
    assert not NoSchool.objects.exists()
    assert Leaf.objects.filter(verb__endswith="days without school").count() == 2
