"""Every write to people: rosters, the addresses people sit at, and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import ip_network
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.applying.accounts import apply_accounts
from hornbook.district.people.applying.bulk import Task
from hornbook.district.people.applying.classes import apply_classes, apply_enrollments
from hornbook.district.people.applying.persons import apply_people
from hornbook.district.people.applying.report import ImportReport
from hornbook.district.people.applying.roles import Ids, apply_roles
from hornbook.district.people.applying.sites import apply_sites
from hornbook.district.people.applying.staff import apply_staff
from hornbook.district.people.identifiers import digest, new_token, read_mac, rotate_chrome_salt
from hornbook.district.people.models import (
    Device,
    Person,
    Role,
    RoleAssignment,
    SchoolClass,
    Seat,
    Site,
    Token,
    User,
)
from hornbook.district.people.roster.reading import read_roster
from hornbook.district.people.roster.rows import Known, Roster, RosterError, Staff
from hornbook.district.people.signin.closing import reopen
from hornbook.node.devices.facts import Group

MAX_REFUSED = 0.20
_IMPORT_LOCK = 0x726F7374  # any constant: "rost"


def import_roster(
    *, actor: Actor, path: Path, accept_change: bool = False, dry_run: bool = False
) -> ImportReport:
    """Read the roster at ``path`` and apply it. Raises RosterError; then nothing has changed."""
    roster = read_roster(path, known())
    return apply_roster(actor=actor, roster=roster, accept_change=accept_change, dry_run=dry_run)


@transaction.atomic
def apply_roster(
    *,
    actor: Actor,
    roster: Roster | Staff,
    today: date | None = None,
    source: str = "oneroster",
    accept_change: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Write a roster in one transaction, with one leaf of counts and the hash of its files.

    A full OneRoster list ends roles only of people whom the same ``source`` brought.

    A dry run does the same work and rolls it back, so that its counts are the true ones.
    Raises RosterError when more than a fifth of the rows were refused, or when almost a third
    of the people or roles would be lost, unless ``accept_change``.
    """
    _one_import_at_a_time()
    findings = roster.findings
    report = ImportReport(
        name=roster.name,
        format=roster.format,
        sha256=roster.sha256,
        rows=findings.rows,
        refusals=findings.refusals,
        notices=findings.notices,
        dry_run=dry_run,
    )
    day = today or timezone.localdate()
    if isinstance(roster, Staff):
        apply_staff(roster, report, day)
    else:
        _apply_oneroster(Task(roster, report, day, accept_change, source))
    _count_again()
    apply_accounts(report, day)
    _guard_refusals(report, accept_change)
    if dry_run:
        transaction.set_rollback(True)
    else:
        object = f"{report.format} {report.sha256[:12]}"
        record(actor=actor, verb="import roster", object=object, detail=report.leaf_detail())
    return report


def _apply_oneroster(task: Task) -> None:
    sites = apply_sites(task)
    ids = Ids(apply_people(task), sites)
    leavers = apply_roles(task, ids)
    apply_classes(task, ids)
    apply_enrollments(task, ids, leavers)


def _one_import_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def _count_again() -> None:
    """Fresh statistics: with those of an empty table, the next questions can take minutes."""
    tables = ", ".join(model._meta.db_table for model in (Person, RoleAssignment, SchoolClass))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def _guard_refusals(report: ImportReport, accept_change: bool) -> None:
    refused = len(report.refusals)
    if refused > MAX_REFUSED * report.rows and not accept_change:
        first = "\n".join(f"  {refusal}" for refusal in report.refusals[:20])
        raise RosterError(
            f"{refused} of {report.rows} rows were refused, more than {MAX_REFUSED:.0%}. Nothing "
            f"was changed. Mend the file, or import it again with --accept-change.\n{first}"
        )


def known() -> Known:
    """What the district has already, for the readers."""
    labels = {}
    for site in Site.objects.all():
        for label in (site.sourced_id, site.name, site.key):
            labels[label.lower()] = site.key
    labels.pop("", None)
    people = Person.objects.exclude(sourced_id=None).values_list("sourced_id", flat=True)
    return Known(
        sites=frozenset(Site.objects.exclude(sourced_id="").values_list("sourced_id", flat=True)),
        people=frozenset(key for key in people if key),
        classes=frozenset(SchoolClass.objects.values_list("sourced_id", flat=True)),
        site_labels=labels,
    )


@dataclass(frozen=True)
class SeatAt:
    """An address or network (CIDR), and who sits there: a person, or anyone at a site."""

    network: str
    person: Person | None = None
    site: Site | None = None
    device: Device | None = None


@transaction.atomic
def set_seats(*, actor: Actor, seats: Iterable[SeatAt]) -> list[Seat]:
    """Say who sits at these networks; a network that was somebody else's changes hands.

    Raises ValueError when a network is none or nobody is named for it.
    """
    found = [_set_seat(seat) for seat in seats]
    record(
        actor=actor,
        verb="set seats",
        object=f"{len(found)} networks",
        detail={seat.network: _occupant(seat) for seat in found},
    )
    return found


def _set_seat(at: SeatAt) -> Seat:
    network = str(ip_network(at.network))
    if at.person is None and at.site is None:
        raise ValueError(f"{network}: name a person or a site")
    seat, _ = Seat.objects.update_or_create(
        network=network, defaults={"person": at.person, "site": at.site, "device": at.device}
    )
    return seat


def _occupant(seat: Seat) -> str:
    return str(seat.person.key) if seat.person else f"site {seat.site.key}" if seat.site else ""


@transaction.atomic
def add_devices(*, actor: Actor, devices: Iterable[Device]) -> list[Device]:
    """Put new devices on the list; a tag that is there already changes its person and site.

    A MAC address that is not given stays. Raises ValueError for one that is none.
    """
    found = [_add_device(device) for device in devices]
    record(actor=actor, verb="add devices", object=f"{len(found)} devices")
    return found


def _add_device(device: Device) -> Device:
    known = {"mac": read_mac(device.mac)} if device.mac else {}
    facts = {"person": device.person, "site": device.site, **known}
    return Device.objects.update_or_create(tag=device.tag, defaults=facts)[0]


@dataclass(frozen=True)
class Issued:
    """A new token. ``secret`` is what its holder needs; nobody can show it again."""

    token: Token
    secret: str


@transaction.atomic
def issue_token(
    *, actor: Actor, holder: Person | Device | Site, label: str, ends_at: datetime | None = None
) -> Issued:
    """Make a token that stands for a person, a device or a site until it ends or is revoked.

    Raises ValueError for an end that is not in the future, and for an empty label.
    """
    if ends_at and ends_at <= timezone.now():
        raise ValueError("the end of a token must be in the future")
    if not label.strip():
        raise ValueError("name the token, so that others know later what it is for")
    secret = new_token()
    token = Token.objects.create(
        sha256=digest(secret).hex(),
        label=label.strip(),
        ends_at=ends_at,
        **{type(holder).__name__.lower(): holder},
    )
    detail = {"holder": name_of_holder(token), "ends_at": ends_at and ends_at.isoformat()}
    record(actor=actor, verb="issue token", object=str(token.key), detail=detail)
    return Issued(token, secret)


@transaction.atomic
def make_profiles(*, actor: Actor, site: Site, group: Group, ends_at: datetime) -> Issued:
    """A token for the files of a site's devices; who got them, and for which, is a leaf."""
    issued = issue_token(
        actor=actor, holder=site, label=f"Devices, {group.label.lower()}", ends_at=ends_at
    )
    detail = {"group": group.key, "token": str(issued.token.key)}
    record(actor=actor, verb="make profiles", object=f"site {site.key}", detail=detail)
    return issued


@transaction.atomic
def revoke_token(*, actor: Actor, token: Token) -> Token:
    """End a token for ever. One that is revoked already stays as it is, and leaves no leaf."""
    found = Token.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if found.revoked_at is None:
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
        detail = {"holder": name_of_holder(found)}
        record(actor=actor, verb=f"revoke {found.kind}", object=str(found.key), detail=detail)
    return found


def name_of_holder(token: Token) -> str:
    """How the ledger names whom a token stands for: keys, never names of people."""
    holder = token.holder
    if isinstance(holder, Person):
        return f"person {holder.key}"
    return f"device {holder.tag}" if isinstance(holder, Device) else f"site {holder.key}"


@transaction.atomic
def rotate_salt(*, actor: Actor) -> int:
    """Make the next salt for Chrome's identifiers; the one before stays good. Its number."""
    number = rotate_chrome_salt(settings.INSTANCE)
    record(actor=actor, verb="rotate salt", object=f"chrome salt {number}")
    return number


@transaction.atomic
def add_person(
    *,
    actor: Actor,
    given_name: str,
    family_name: str,
    email: str,
    role: Role,
    site: Site,
    starts_on: date,
    ends_on: date | None = None,
) -> Person:
    """Add one person by hand, with one role and an account that has no password yet."""
    person = Person.objects.create(
        given_name=given_name,
        family_name=family_name,
        email=email,
        user=User.objects.create_user(email),
    )
    RoleAssignment.objects.create(
        person=person, role=role, site=site, starts_on=starts_on, ends_on=ends_on
    )
    record(
        actor=actor,
        verb="add person",
        object=str(person.key),
        detail={"role": role.value, "site": site.key, "starts_on": starts_on.isoformat()},
    )
    return person


class RoleError(ValueError):
    """The role was not given or ended; the message says why."""


@transaction.atomic
def give_role(
    *,
    actor: Actor,
    person: Person,
    role: Role,
    site: Site,
    starts_on: date,
    ends_on: date | None = None,
) -> RoleAssignment:
    """Give a role by hand, for its days. Raises RoleError where it is held already then."""
    held = person.roles.filter(role=role, site=site).exclude(ends_on__lt=starts_on)
    if (held.filter(starts_on__lte=ends_on) if ends_on else held).exists():
        raise RoleError(f"{person} holds that role there on some of these days already.")
    found = RoleAssignment.objects.create(
        person=person, role=role, site=site, starts_on=starts_on, ends_on=ends_on
    )
    today = timezone.localdate()
    if not person.active and (ends_on is None or ends_on >= today):
        person.active = True
        person.save(update_fields=["active"])
    _record_role(actor, "give role", found)
    return found


@transaction.atomic
def end_role(*, actor: Actor, assignment: RoleAssignment, on: date) -> RoleAssignment:
    """``on`` is the last day. Raises RoleError for a role that another source speaks for."""
    if assignment.source != "manual":
        raise RoleError(
            "This role comes from the roster or a directory. End it there, or it comes back."
        )
    if assignment.starts_on > on:
        raise RoleError("This role has not begun yet.")
    if assignment.ends_on is None or assignment.ends_on > on:
        assignment.ends_on = on
        assignment.save(update_fields=["ends_on"])
        _record_role(actor, "end role", assignment)
    return assignment


def _record_role(actor: Actor, verb: str, found: RoleAssignment) -> None:
    detail = {
        "role": found.role,
        "site": found.site.key,
        "starts_on": found.starts_on.isoformat(),
        "ends_on": found.ends_on and found.ends_on.isoformat(),
    }
    record(actor=actor, verb=verb, object=str(found.person.key), detail=detail)


@transaction.atomic
def set_password(*, actor: Actor, user: User, password: str) -> None:
    """Give an account a password; the ledger keeps that it was set, never what it is."""
    set_passwords(actor=actor, users=[user], password=password)


@transaction.atomic
def set_passwords(*, actor: Actor, users: Iterable[User], password: str) -> None:
    """Give several accounts the same password. It is hashed once: that takes a third of a second
    on purpose, and who shares a password shares whatever is known about it.
    """
    hashed = make_password(password)
    for user in users:
        user.password = hashed
        user.save(update_fields=["password"])
        person = Person.objects.filter(user=user).first()
        record(actor=actor, verb="set password", object=str(person.key) if person else user.email)
        reopen(actor=actor, user=user, how="a password that was set for them")
