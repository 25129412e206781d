"""Accounts follow the roster: staff with an e-mail address get one, leavers' are closed."""

from __future__ import annotations

from datetime import date

from hornbook.district.people.applying.bulk import BATCH
from hornbook.district.people.applying.report import ImportReport
from hornbook.district.people.models import Person, Role, RoleAssignment, User

WITHOUT = (Role.STUDENT, Role.GUARDIAN)


def apply_accounts(report: ImportReport, today: date) -> None:
    """Give an account without a password to each active adult of the staff who has none.

    ``hornbook password`` lets them in. Of people who share an address, only the first
    gets an account.
    """
    tally = report.tally("accounts")
    _follow_addresses(report)
    roles = RoleAssignment.objects.active(today).exclude(role__in=WITHOUT)
    staff = Person.objects.filter(active=True, user=None, pk__in=roles.values("person"))
    waiting: dict[str, Person] = {}
    for person in staff.exclude(email=""):
        email = person.email.lower()
        if email in waiting:
            report.notices.append(f"Two people share {email}: only the first gets an account.")
        waiting.setdefault(email, person)
    _link(waiting, report)
    tally.ended += _close()


def _close() -> int:
    """Close the accounts of those who have left; how many there were.

    Two statements: right after an import the planner knows nothing of what it brought, and one
    UPDATE over a join looked at every pair of people for each account (minutes for 2,000).
    """
    gone = Person.objects.filter(active=False, user__is_active=True).values_list("user_id")
    return User.objects.filter(pk__in=[number for (number,) in gone]).update(is_active=False)


def _link(waiting: dict[str, Person], report: ImportReport) -> None:
    held = {user.email.lower(): user for user in User.objects.filter(email__in=waiting)}
    owners = set(Person.objects.exclude(user=None).values_list("user_id", flat=True))
    new = [_account(email) for email in waiting if email not in held]
    users = held | {user.email: user for user in User.objects.bulk_create(new, batch_size=BATCH)}
    linked = []
    for email, person in waiting.items():
        if users[email].pk in owners:
            report.notices.append(f"{email} signs in as somebody else: no second account.")
            continue
        person.user = users[email]
        linked.append(person)
    Person.objects.bulk_update(linked, ["user"], batch_size=BATCH)
    report.tally("accounts").added += len(linked)


def _account(email: str) -> User:
    user = User(email=email)
    user.set_unusable_password()
    return user


def _follow_addresses(report: ImportReport) -> None:
    """Who gets a new e-mail address signs in with it, unless it is taken."""
    for person in Person.objects.exclude(user=None).exclude(email="").select_related("user"):
        user = person.user
        if user is None or user.email.lower() == person.email.lower():
            continue
        if User.objects.filter(email__iexact=person.email).exists():
            report.notices.append(f"{person.email} signs in as somebody else: address kept.")
            continue
        user.email = person.email.lower()
        user.save(update_fields=["email"])
        report.tally("accounts").changed += 1
