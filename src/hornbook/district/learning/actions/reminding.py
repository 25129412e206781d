"""Remind by e-mail, kindly, and tell the supervisor when a date has passed.

No letter carries a link, and none asks for haste: mail that says “sign in here now” teaches
people to be deceived. Every letter says to open Hornbook the usual way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from hornbook.district.learning import days
from hornbook.district.learning.models import Assignment, AssignmentState, Campaign
from hornbook.district.ledger.actions import SYSTEM, Actor, record
from hornbook.district.mail.actions import Draft, post
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, SiteKind

FOOT = (
    "Open Hornbook the way you usually do, for example from the staff page of your school's "
    "website, and look under Today. This message has no link on purpose: the District never "
    "sends you a link to a sign-in page, and never asks for your password."
)


@dataclass(frozen=True)
class Posted:
    """How many letters one round added, and how many people have no address."""

    letters: int
    silent: int = 0


def round_of(
    due_on: date,
    remind_before: Sequence[int],
    today: date,
    is_school_day: days.IsSchoolDay | None = None,
) -> str | None:
    """Which reminder falls due: “start”, “before-5”, “before-1”, “late”; None on no day of one.

    A worker that was away on the day itself is not too late on the next; only the newest counts.
    """
    school = is_school_day or days.calendar()
    if today > due_on:
        return "late" if today >= days.after(due_on, 1, school) else None
    passed = [n for n in remind_before if days.before(due_on, n, school) <= today]
    return f"before-{min(passed)}" if passed else "start"


@transaction.atomic
def remind(*, campaign: Campaign, today: date, actor: Actor = SYSTEM, by_hand: str = "") -> Posted:
    """Post the reminders that are due today; posting them again adds nothing.

    ``by_hand`` names a round of its own, for the button: one a day.
    """
    if campaign.state != Campaign.State.RUNNING:
        return Posted(0)
    waiting = campaign.assignments.filter(state=AssignmentState.OPEN, person__active=True)
    rows = list(waiting.select_related("person"))
    letters = post(_reminders(campaign, rows, today, by_hand))
    silent = sum(not row.person.email for row in rows)
    if letters:
        detail = {"letters": letters, "silent": silent, "by_hand": bool(by_hand)}
        record(actor=actor, verb="remind", object=str(campaign.key), detail=detail)
    return Posted(letters, silent)


def _reminders(
    campaign: Campaign, rows: Sequence[Assignment], today: date, by_hand: str
) -> Iterator[Draft]:
    school = days.calendar()
    rounds = {
        due_on: by_hand or round_of(due_on, campaign.remind_before, today, school)
        for due_on in {row.due_on for row in rows}
    }
    for row in rows:
        which = rounds[row.due_on]
        if which and row.person.email:
            yield Draft(
                key=f"remind {campaign.key} {row.person.key} {which} {row.due_on}",
                about=campaign.about,
                to=row.person.email,
                subject=f"For you: {campaign.duty.title}",
                body=_letter(campaign, row, today),
                person=row.person,
            )


def _letter(campaign: Campaign, row: Assignment, today: date) -> str:
    by = f"{row.due_on:%A, %-d %B %Y}"
    when = f"It was due on {by}" if row.due_on < today else f"Please do so by {by}"
    return (
        f"Dear {row.person.given_name} {row.person.family_name},\n\n"
        f"the District asks you to read and sign: {campaign.duty.title}.\n"
        f"It takes a few minutes. {when}. If you need help or do not want to sign, say so there "
        f"or talk to your supervisor.\n\n{FOOT}\n"
    )


@transaction.atomic
def escalate(*, campaign: Campaign, today: date, actor: Actor = SYSTEM) -> Posted:
    """Tell whoever leads a site that people there are late, once a campaign and site.

    The letter holds a number, no names: those stand on the campaign's page. Principals hear of
    others, never of themselves alone; where a site has no principal, and for principals, human
    resources hears.
    """
    if campaign.state != Campaign.State.RUNNING:
        return Posted(0)
    late = _late(campaign, today)
    letters = post(_escalations(campaign, late, today))
    if letters:
        detail = {"letters": letters, "late": len(late)}
        record(actor=actor, verb="tell supervisors", object=str(campaign.key), detail=detail)
    return Posted(letters)


def _late(campaign: Campaign, today: date) -> list[Assignment]:
    waiting = campaign.assignments.filter(state=AssignmentState.OPEN, due_on__lt=today)
    late, school = waiting.select_related("person"), days.calendar()
    wait = campaign.escalate_after
    return [row for row in late if days.after(row.due_on, wait, school) <= today]


def _escalations(campaign: Campaign, late: Sequence[Assignment], today: date) -> Iterator[Draft]:
    leaders, hr = _leaders(today), _hr(today)
    names = dict(Site.objects.values_list("pk", "name"))
    counted: dict[tuple[int, Person], int] = {}
    for row in late:
        for site in row.sites:
            heads = [head for head in leaders.get(site, ()) if head.pk != row.person_id]
            for head in heads or hr:
                if head.pk != row.person_id:
                    counted[site, head] = counted.get((site, head), 0) + 1
    for (site, head), count in counted.items():
        yield Draft(
            key=f"late {campaign.key} {site} {head.key}",
            about=campaign.about,
            to=head.email,
            subject=f"Not signed yet at {names[site]}: {campaign.duty.title}",
            body=_to_leader(campaign, head, names[site], count),
            person=head,
        )


def _to_leader(campaign: Campaign, head: Person, site: str, count: int) -> str:
    people = "one person has" if count == 1 else f"{count} people have"
    return (
        f"Dear {head.given_name} {head.family_name},\n\n"
        f"at {site}, {people} not signed “{campaign.duty.title}” and the date has passed. Most "
        "have simply not found the time: a word in person helps most. Who they are stands in "
        "Hornbook under Campaigns; somebody without a computer may sign on paper.\n\n"
        f"{FOOT}\n"
    )


def _leaders(today: date) -> dict[int, list[Person]]:
    held = RoleAssignment.objects.active(today).filter(role=Role.PRINCIPAL, person__active=True)
    found: dict[int, list[Person]] = {}
    for assignment in held.exclude(person__email="").select_related("person"):
        found.setdefault(assignment.site_id, []).append(assignment.person)
    return found


def _hr(today: date) -> list[Person]:
    held = RoleAssignment.objects.active(today).filter(
        role=Role.HR,
        site__kind__in=[SiteKind.DISTRICT, SiteKind.OFFICE],
        person__active=True,
    )
    return [one.person for one in held.exclude(person__email="").select_related("person")]
