"""A made-up large district for ``bench pages``; imported once Django is set up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction

from hornbook.district.learning.actions.campaigns import (
    close_campaign,
    keep_list_true,
    start_campaign,
)
from hornbook.district.learning.actions.duties import save_duty
from hornbook.district.learning.actions.reminding import remind
from hornbook.district.learning.actions.sitting import Reader
from hornbook.district.learning.models import Assignment, Campaign, Duty, Signature
from hornbook.district.learning.numbers import new_number
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.ledger.actions import SYSTEM, Act, Actor, person_object, record_many
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, SiteKind, User
from hornbook.district.policy.models import Clause, ClauseText, Policy, Revision

SITES, CLAUSES = 30, 74
SINCE = date(2020, 8, 1)
GIVEN = ("Ana", "Ben", "Carla", "Dan", "Eva", "Finn", "Gina", "Hank", "Ida", "Jan")
FAMILY = ("Adler", "Berg", "Cole", "Diaz", "Evans", "Frank", "Grant", "Hill", "Ivers", "Jung")


def fill(people: int) -> dict[str, str]:
    """Bring the district up to that many people; the cookies of who sees every list and of a
    principal.

    They were all asked a year ago, and six of ten have signed this year; the others were
    reminded. Everybody was looked at five times.
    """
    sites = make_sites()
    make_people(people, sites)
    if not Campaign.objects.exists():
        _past(make_duty())
    for campaign in Campaign.objects.order_by("starts_on"):
        _ask_all(campaign)
        _sign(campaign)
    remind(campaign=campaign, today=date.today())
    _looks()
    _analyse()
    return {
        "all": _cookie("hr", sites[0], Role.HR, Role.SUPERINTENDENT, Role.POLICY_OWNER, Role.IT),
        "principal": _cookie("principal", sites[3], Role.PRINCIPAL),
    }


def make_sites() -> list[Site]:
    if not Site.objects.exists():
        office = Site.objects.create(key="site-0", name="Office", kind=SiteKind.DISTRICT)
        Site.objects.bulk_create(
            Site(key=f"site-{n}", name=f"School {n}", kind=SiteKind.ELEMENTARY, parent=office)
            for n in range(1, SITES)
        )
    return list(Site.objects.order_by("pk"))


def make_people(wanted: int, sites: list[Site]) -> None:
    have = Person.objects.count()
    made = Person.objects.bulk_create(
        Person(
            given_name=GIVEN[n % 10],
            family_name=f"{FAMILY[n // 10 % 10]}{n}",
            email=f"p{n}@district.test",
        )
        for n in range(have, wanted)
    )
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=person, role=Role.TEACHER, site=sites[place], starts_on=SINCE)
        for n, person in enumerate(made)
        for place in ({n % SITES, n % 7} if n % 10 == 0 else {n % SITES})
    )


def _past(duty: Duty) -> None:
    """Last year's campaign, closed, and this year's under way."""
    revision = Revision.objects.get()
    for days_ago in (385, 20):
        for before in duty.campaigns.all():
            close_campaign(actor=SYSTEM, campaign=before, reason="The year is over.")
        start = date.today() - timedelta(days=days_ago)
        plan = plan_campaign(duty, revision, today=start, everybody_again=True)
        start_campaign(actor=SYSTEM, plan=plan, everybody_again=True)


def _ask_all(campaign: Campaign) -> None:
    """Also those of last year's who came with the second filling."""
    if campaign.state == Campaign.State.RUNNING:
        keep_list_true(campaign=campaign, today=date.today())
        return
    held = RoleAssignment.objects.exclude(person__assignments__campaign=campaign)
    sites: dict[int, list[int]] = {}
    for person, site in held.values_list("person", "site"):
        sites.setdefault(person, []).append(site)
    Assignment.objects.bulk_create(
        Assignment(
            campaign=campaign,
            person_id=person,
            sites=places,
            assigned_on=campaign.starts_on,
            due_on=campaign.due_on,
        )
        for person, places in sites.items()
    )


def _looks() -> None:
    """Leaves about people, as a ledger in use has them."""
    keys = Person.objects.values_list("key", flat=True)
    acts = [Act("look", person_object(key)) for key in keys for _ in range(5)]
    with transaction.atomic():
        record_many(actor=Actor("bench"), acts=acts)


def _analyse() -> None:
    """What PostgreSQL does by itself a minute after rows came in."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_duty() -> Duty:
    policy = Policy.objects.create(key="use", title="Responsible use")
    lines = [f"Employees must keep rule {n}, which says what it says." for n in range(CLAUSES)]
    revision = Revision.objects.create(
        policy=policy, no=1, effective_on=SINCE, text="\n".join(lines), text_sha256="a" * 64
    )
    texts = [
        ClauseText.objects.create(
            clause=Clause.objects.create(policy=policy, key=f"USE-{n}"),
            revision=revision,
            order=n,
            official=line,
            force="must",
            holder="employee",
            valid_from=SINCE,
        )
        for n, line in enumerate(lines)
    ]
    return save_duty(
        actor=SYSTEM,
        key="sign-use",
        text=texts[0],
        title="Responsible use",
        kind=Duty.Kind.SIGN,
        audience=audience_of("employee"),
        sentence="I have read it.",
    )


def _sign(campaign: Campaign) -> None:
    """Six of ten have signed, over three weeks; last year nine of ten. Written in bulk, with
    one paper."""
    share = 6 if campaign.state == Campaign.State.RUNNING else 9
    rows = list(
        campaign.assignments.exclude(state="signed").select_related("person").order_by("pk")
    )
    signing = [row for row in rows if row.pk % 10 < share]
    if not signing:
        return
    shown = Reader(signing[0]).shown()
    text = ClauseText.objects.get(clause=campaign.duty.clause)
    start = datetime.combine(campaign.starts_on, datetime.min.time(), UTC)
    Signature.objects.bulk_create(
        Signature(
            number=new_number(),
            assignment=row,
            person=row.person,
            person_label=str(row.person),
            duty=campaign.duty,
            revision=campaign.revision,
            clause_text=text,
            lang="en",
            shown=shown,
            sentence="I have read it.",
            auth_strength="password",
            signed_at=start + timedelta(hours=row.pk % 480),
            recorded_by="bench",
            leaf_no=0,
        )
        for row in signing
    )
    for row in signing:
        row.state, row.settled_at = "signed", start + timedelta(hours=row.pk % 480)
    Assignment.objects.bulk_update(signing, ["state", "settled_at"], batch_size=5000)


def _cookie(name: str, site: Site, *roles: Role) -> str:
    """Of somebody of that name, made when they are not there yet."""
    user, made = User.objects.get_or_create(email=f"{name}@district.test")
    if made:
        person = Person.objects.create(given_name="Hanna", family_name=name.title(), user=user)
        RoleAssignment.objects.bulk_create(
            RoleAssignment(person=person, role=role, site=site, starts_on=SINCE) for role in roles
        )
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
