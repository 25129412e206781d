"""The sample's duty to sign: last year's campaign, and this year's under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from hornbook.district.learning import days
from hornbook.district.learning.actions.campaigns import close_campaign, start_campaign
from hornbook.district.learning.actions.duties import (
    add_no_school,
    choose_notice,
    save_duty,
    write_question,
)
from hornbook.district.learning.actions.signing import record_paper, refuse, sign
from hornbook.district.learning.actions.sitting import (
    answer,
    questions_of,
    say_read,
    sit_down,
)
from hornbook.district.learning.models import Assignment, Campaign, Duty, Signature
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.learning.shelf import Shelf
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.models import Clause, ClauseText, Revision
from hornbook.district.sample import calendar

SENTENCE = (
    "I have read “Using Technology Well at Maple Valley”. I understand that it binds me, and I "
    "will follow it."
)
NOTICE = ("MONITOR-1", "MONITOR-2", "MONITOR-3")
UNDER_WAY = timedelta(days=12)
SCHOOL_DAYS = 10
LAST_YEAR, THIS_YEAR = 0.94, 0.58  # how many of those who are asked have signed
_SEED = 7
_ROW = ("person", "campaign__duty__clause__policy", "campaign__revision__policy")

QUESTIONS = {
    "LOGIN-3": (
        "A message with the District's emblem asks for your password. What do you do?",
        ("I answer when it looks official", "However official it looks, a password is never sent."),
        ("I do not answer, and tell the help desk", "Yes. The District never asks for it."),
    ),
    "SECURE-4": (
        "You think that a device was taken over. When do you tell the help desk?",
        ("When I find the time this week", "Damage spreads in hours. The policy asks for today."),
        ("The same day", "Yes, the same day, even when you are not sure."),
    ),
}
"""Clause → question, a wrong answer, the right one; each with its reason."""


def open_signing(hr: Person, signers: Sequence[Person], actor: Actor, today: date) -> None:
    """Both campaigns. ``signers`` are who can sign in at once: they have it still before them."""
    _breaks(actor, today)
    duty, revision = _duty(actor), _revision()
    _notice_and_questions(actor)
    began = calendar.year_starts(today) + timedelta(days=4)
    last_year = days.after(began - timedelta(days=364), 0)
    if last_year > revision.effective_on:
        past = _ask(duty, revision, last_year, actor)
        _sign_some(past, LAST_YEAR, last_year + timedelta(days=40), ())
        close_campaign(actor=actor_of(hr), campaign=past, reason="The year's signing is done.")
    starts_on = days.before(max(began, today - UNDER_WAY), 0)
    running = _ask(duty, revision, min(starts_on, today), actor_of(hr))
    _sign_some(running, THIS_YEAR, today, signers)
    _odd_cases(running, hr, signers, today)


def _breaks(actor: Actor, today: date) -> None:
    year = calendar.school_year(today)
    for name, first, last in (
        ("Labor Day", date(year, 9, 7), date(year, 9, 7)),
        ("Winter break", date(year, 12, 23), date(year + 1, 1, 3)),
        ("Spring break", date(year + 1, 3, 15), date(year + 1, 3, 19)),
    ):
        add_no_school(actor=actor, first=first, last=last, name=name)


def _duty(actor: Actor) -> Duty:
    text = ClauseText.objects.select_related("clause", "revision").get(clause__key="PURPOSE-1")
    return save_duty(
        actor=actor,
        key="sign-use",
        text=text,
        title="Using technology well",
        kind=Duty.Kind.SIGN,
        audience=audience_of("staff"),
        sentence=SENTENCE,
        school_days=SCHOOL_DAYS,
        repeats_months=12,
    )


def _revision() -> Revision:
    texts = ClauseText.objects.select_related("revision__policy").filter(clause__key="PURPOSE-1")
    return texts.latest("revision__no").revision


def _notice_and_questions(actor: Actor) -> None:
    clauses = {clause.key: clause for clause in Clause.objects.filter(key__in=NOTICE)}
    choose_notice(actor=actor, clauses=[clauses[key] for key in NOTICE])
    for key, (prompt, wrong, right) in QUESTIONS.items():
        text = ClauseText.objects.select_related("clause", "revision").get(clause__key=key)
        choices = [
            {"text": wrong[0], "why": wrong[1], "right": False},
            {"text": right[0], "why": right[1], "right": True},
        ]
        write_question(actor=actor, text=text, prompt=prompt, choices=choices)


def _ask(duty: Duty, revision: Revision, on: date, actor: Actor) -> Campaign:
    plan = plan_campaign(duty, revision, today=on, everybody_again=True)
    return start_campaign(actor=actor, plan=plan, everybody_again=True)


def _sign_some(campaign: Campaign, share: float, until: date, spared: Sequence[Person]) -> None:
    """Most sign in the first days, some at the reminders: a curve as it is seen everywhere."""
    chance = Random(_SEED)  # noqa: S311  (invented habits of invented people)
    spare = {person.pk for person in spared}
    span = max((until - campaign.starts_on).days, 0)
    shelf = Shelf()
    for row in campaign.assignments.select_related(*_ROW):
        wait = round(chance.triangular(0, max(span, 1), span * 0.15))
        moment = time(chance.randrange(7, 17), chance.randrange(60))
        if chance.random() < share and row.person_id not in spare:
            _sign(row, min(campaign.starts_on + timedelta(days=wait), until), moment, shelf)


def _sign(row: Assignment, day: date, moment: time, shelf: Shelf) -> None:
    at = timezone.make_aware(datetime.combine(day, moment))
    sitting = sit_down(assignment=row, shelf=shelf)
    say_read(sitting=sitting, sha256=sitting.shown_id, shelf=shelf)
    for question in questions_of(row, shelf=shelf):
        right = next(n for n, choice in enumerate(question.choices) if choice["right"])
        answer(sitting=sitting, question=question, choice=right)
    sign(
        actor=actor_of(row.person),
        sitting=sitting,
        sha256=sitting.shown_id,
        strength=Signature.Strength.PASSWORD,
        now=min(at, timezone.now()),
        shelf=shelf,
    )


def _odd_cases(campaign: Campaign, hr: Person, signers: Sequence[Person], today: date) -> None:
    """One signature on paper and one person who would rather not."""
    open_still = campaign.assignments.filter(state="open").exclude(person__in=signers)
    rows = list(open_still.select_related(*_ROW)[:2])
    if len(rows) < 2:
        return
    record_paper(
        actor=actor_of(hr),
        assignment=rows[0],
        signed_on=today,
        method=Signature.Method.PAPER,
        note="Signed at the bus depot; the sheet is in folder 12",
        witness="Office of human resources",
    )
    refuse(
        actor=actor_of(rows[1].person),
        assignment=rows[1],
        words="I would like to talk about the part on private use first.",
    )
