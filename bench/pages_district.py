"""A made-up large district for ``bench pages``; imported once Django is set up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from hornbook.district.learning.actions.campaigns import keep_list_true, start_campaign
from hornbook.district.learning.actions.duties import save_duty
from hornbook.district.learning.actions.sitting import keep, paper_for
from hornbook.district.learning.models import Assignment, Campaign, Duty, Signature
from hornbook.district.learning.numbers import new_number
from hornbook.district.learning.plan import plan_campaign
from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.people.audience import audience_of
from hornbook.district.people.models import Person, Role, RoleAssignment, Site, SiteKind, User
from hornbook.district.policy.models import Clause, ClauseText, Policy, Revision

SITES, CLAUSES = 30, 74
SINCE = date(2020, 8, 1)
GIVEN = ("Ana", "Ben", "Carla", "Dan", "Eva", "Finn", "Gina", "Hank", "Ida", "Jan")
FAMILY = ("Adler", "Berg", "Cole", "Diaz", "Evans", "Frank", "Grant", "Hill", "Ivers", "Jung")


def fill(people: int) -> str:
    """Bring the district up to that many people; the cookie of somebody who sees every list."""
    sites = _sites()
    _people(people, sites)
    campaign = Campaign.objects.filter(state=Campaign.State.RUNNING).first() or _campaign()
    keep_list_true(campaign=campaign, today=date.today())
    _sign(campaign)
    return _cookie(sites[0])


def _sites() -> list[Site]:
    if not Site.objects.exists():
        office = Site.objects.create(key="site-0", name="Office", kind=SiteKind.DISTRICT)
        Site.objects.bulk_create(
            Site(key=f"site-{n}", name=f"School {n}", kind=SiteKind.ELEMENTARY, parent=office)
            for n in range(1, SITES)
        )
    return list(Site.objects.order_by("pk"))


def _people(wanted: int, sites: list[Site]) -> None:
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


def _campaign() -> Campaign:
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
    duty = save_duty(
        actor=SYSTEM,
        key="sign-use",
        text=texts[0],
        title="Responsible use",
        kind=Duty.Kind.SIGN,
        audience=audience_of("employee"),
        sentence="I have read it.",
    )
    start = date.today() - timedelta(days=20)
    return start_campaign(actor=SYSTEM, plan=plan_campaign(duty, revision, today=start))


def _sign(campaign: Campaign) -> None:
    """Six of ten have signed, over three weeks; written in bulk, with one paper."""
    rows = list(campaign.assignments.filter(state="open").select_related("person"))
    signing = [row for row in rows if row.pk % 10 < 6]
    if not signing:
        return
    shown = keep(paper_for(signing[0]))
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
    Assignment.objects.filter(pk__in=[row.pk for row in signing]).update(state="signed")


def _cookie(office: Site) -> str:
    user, made = User.objects.get_or_create(email="hr@district.test")
    if made:
        hr = Person.objects.create(given_name="Hanna", family_name="Hires", user=user)
        RoleAssignment.objects.bulk_create(
            RoleAssignment(person=hr, role=role, site=office, starts_on=SINCE)
            for role in (Role.HR, Role.SUPERINTENDENT, Role.POLICY_OWNER)
        )
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
