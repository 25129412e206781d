"""Make the sample district, once, through the same doors that a real district uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.activity.rehearsal.actions import ask_rehearsal
from hornbook.district.activity.rehearsal.draft import read_draft
from hornbook.district.filtering.defaults import ensure_defaults
from hornbook.district.filtering.lists.actions import import_lists
from hornbook.district.filtering.lists.batch import read_batch
from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.filtering.publishing import publish
from hornbook.district.filtering.unlisted import keep
from hornbook.district.ledger.actions import Actor
from hornbook.district.people.actions import (
    SeatAt,
    add_devices,
    apply_roster,
    known,
    set_passwords,
    set_seats,
)
from hornbook.district.people.models import Device, Person, Role, ScimGroup, Site, User
from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.people.scim.actions import map_group, write_group
from hornbook.district.people.signin.actions import ensure_rules
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.plan import plan_import
from hornbook.district.sample import first, standing
from hornbook.district.sample.cast import Cast, make_cast
from hornbook.district.sample.conduct import make_conduct
from hornbook.district.sample.incidents import make_copyright_notice, make_incident
from hornbook.district.sample.policy_office import light_the_map, open_policy_office
from hornbook.district.sample.records import make_records
from hornbook.district.sample.roster import DISTRICT_ID, one_roster, org_id
from hornbook.district.sample.schools import (
    DISTRICT,
    DOMAIN,
    OFFICE_NETWORK,
    SCHOOLS,
    SIGN_IN,
)
from hornbook.district.sample.signing import open_signing
from hornbook.district.sample.staff import staff_list
from hornbook.instance import Instance

ACTOR = Actor("Hornbook's sample district")
PASSWORD = "sample-password"  # noqa: S105  (the name of the secret, not the secret)
TRY_NAME = "adult-pictures.example"
DEVICES_A_SCHOOL = 8
# Names in no list that pupils ask for, and how often; what they look like is worked out as ever.
UNLISTED = {"hot-nude-girls.example": 14, "free-xxx-videos.example": 3}


@dataclass(frozen=True)
class SampleAccounts:
    """What a newcomer needs: (e-mail, role) of each account; one password opens all of them."""

    accounts: list[tuple[str, str]]


def wanted() -> bool:
    """Is there no district yet?"""
    return not Site.objects.exists() and not User.objects.exists()


@transaction.atomic
def build_sample(
    *, actor: Actor = ACTOR, instance: Instance | None = None, today: date | None = None
) -> SampleAccounts:
    """Make people, policy, lists, rules and seats, and publish them.

    Does nothing where there is a district already. One transaction: a sample that breaks
    half-way leaves nothing, and the next start tries again.
    """
    home = instance or settings.INSTANCE
    if wanted():
        cast = make_cast(today or timezone.localdate())
        for delivery in (one_roster(cast), staff_list(cast)):
            _bring(delivery, cast.today, actor)
        _policy(actor)
        _rules_and_lists(home, actor)
        _directory(actor)
        open_policy_office(
            _by_mailbox("policy-owner"), _by_mailbox("superintendent"), actor, cast.today
        )
        _devices(cast, actor)
        _seats(cast, actor)
        _accounts(home, actor)
        _signing(cast, actor)
        ensure_rules(actor=actor, strict=False)
        standing.make(cast.today, actor)
        publish(actor=actor)
        _unlisted()
        light_the_map(_by_mailbox("policy-owner"), _by_mailbox("custodian"))
        make_incident(teacher=_a_teacher(cast), it=_by_mailbox("it"), actor=actor)
        make_conduct(
            principal=_by_mailbox("principal"),
            hr=_by_mailbox("hr"),
            leader=_by_mailbox("superintendent"),
            pupil=_first_pupil(cast, "middle"),
            teacher=_by_mailbox("teacher"),
            today=cast.today,
        )
        make_copyright_notice(owner=_a_teacher(cast), actor=actor, district=DISTRICT)
        make_records(
            pupil=_first_pupil(cast, "high"),
            teacher=_by_mailbox("teacher"),
            principal=_by_mailbox("principal"),
            custodian=_by_mailbox("custodian"),
            leader=_by_mailbox("superintendent"),
        )
        _rehearsal()
    return SampleAccounts(sign_in_lines(home))


def sign_in_lines(instance: Instance) -> list[tuple[str, str]]:
    """(e-mail, role in words) of the sample's accounts, where this is the sample district."""
    roles = {f"{box}@{DOMAIN}": Role(role).label for role, box in SIGN_IN.items()}
    held = set(User.objects.filter(email__in=roles, is_active=True).values_list("email", flat=True))
    return [(email, role) for email, role in roles.items() if email in held]


def welcome(instance: Instance) -> dict[str, Any]:
    """What ``hornbook up`` tells: ``district``, ``accounts`` and, in the sample, ``try_name``."""
    accounts = sign_in_lines(instance)
    if accounts:
        return {"district": DISTRICT, "accounts": accounts, "try_name": TRY_NAME}
    return first.welcome()


def ensure_first_account(instance: Instance) -> None:
    """The one account that an empty district needs to begin."""
    if wanted():
        first.make_first_account(actor=ACTOR, password=instance.secret(PASSWORD))


def _bring(delivery: Delivery, today: date, actor: Actor) -> None:
    roster = read_delivery(delivery, known())
    apply_roster(actor=actor, roster=roster, today=today, source="sample")


def _rehearsal() -> None:
    """What if a site for chess were listed as a game: the worker tries it."""
    now = timezone.now()
    draft = read_draft({"names": [{"category": "games", "names": ["chess.example"]}]})
    ask_rehearsal(
        actor=_by_mailbox("it"),
        draft=draft,
        since=now - timedelta(days=7),
        until=now,
        words="the last 7 days",
    )


def _unlisted() -> None:
    now = timezone.now()
    keep([{"name": n, "n": times, "first": now, "last": now} for n, times in UNLISTED.items()], now)


def _policy(actor: Actor) -> None:
    here = resources.files("hornbook.district.sample")
    with (
        resources.as_file(here / "policy.md") as text,
        resources.as_file(here / "policy.keys.csv") as keys,
    ):
        adopt_revision(actor=actor, plan=plan_import(text, table=keys), source=text.name)


def _rules_and_lists(instance: Instance, actor: Actor) -> None:
    ensure_defaults(actor=actor)
    with resources.as_file(resources.files("hornbook.district.sample") / "lists") as folder:
        import_lists(read_batch(folder), Shelf.of(instance), actor=actor)


def _accounts(instance: Instance, actor: Actor) -> None:
    users = User.objects.filter(email__in=[email for email, _ in sign_in_lines(instance)])
    set_passwords(actor=actor, users=users, password=instance.secret(PASSWORD))


def _directory(actor: Actor) -> None:
    """Two groups of a directory; what the second means here nobody has said yet."""
    for name, role in (("All coaches", Role.COACH), ("Office volunteers", Role.VOLUNTEER)):
        held = Person.objects.filter(roles__role=role, active=True).exclude(email="").distinct()
        group = write_group(
            actor=actor,
            group=ScimGroup(),
            display_name=name,
            external_id="",
            members=list(held.values_list("key", flat=True)),
        )
        if role is Role.COACH:
            district = Site.objects.get(sourced_id=DISTRICT_ID)
            map_group(actor=actor, group=group, role=Role.STAFF, site=district)


def _person(sourced_id: str) -> Person:
    return Person.objects.get(sourced_id=sourced_id)


def _first_pupil(cast: Cast, school: str) -> Person:
    return _person(next(p.id for p in cast.pupils if p.school.id == school))


def _a_teacher(cast: Cast) -> Person:
    """One whose account nobody signs in with."""
    middle = next(school for school in SCHOOLS if school.id == "middle")
    return _person(cast.teachers_of(middle)[1].id)


def _by_mailbox(role: str) -> Person:
    return Person.objects.get(email=f"{SIGN_IN[role]}@{DOMAIN}")


def _signing(cast: Cast, actor: Actor) -> None:
    waiting = [_by_mailbox(role) for role in SIGN_IN if role not in ("hr", "superintendent")]
    open_signing(_by_mailbox("hr"), waiting, actor, cast.today)


def _seats(cast: Cast, actor: Actor) -> None:
    """Loopback addresses are people, so that one machine shows many verdicts."""
    people = (
        _first_pupil(cast, "cedar"),
        _first_pupil(cast, "middle"),
        _first_pupil(cast, "high"),
        *(_by_mailbox(role) for role in ("teacher", "principal", "it")),
    )
    sites = {site.sourced_id: site for site in Site.objects.all()}
    seats = [SeatAt(f"127.0.0.{n}", person=person) for n, person in enumerate(people, 1)]
    seats += [SeatAt(school.network, site=sites[org_id(school)]) for school in SCHOOLS]
    seats.append(SeatAt(OFFICE_NETWORK, site=sites[DISTRICT_ID]))
    set_seats(actor=actor, seats=seats)


def _devices(cast: Cast, actor: Actor) -> None:
    """A few laptops a school: the first half in the hands of pupils, the rest in carts."""
    devices = []
    for school in SCHOOLS:
        site = Site.objects.get(sourced_id=org_id(school))
        pupils = [p.id for p in cast.pupils if p.school is school][: DEVICES_A_SCHOOL // 2]
        for n in range(DEVICES_A_SCHOOL):
            person = _person(pupils[n]) if n < len(pupils) else None
            devices.append(
                Device(tag=f"MV-{school.id.upper()}-{n + 1:03}", person=person, site=site)
            )
    add_devices(actor=actor, devices=devices)
