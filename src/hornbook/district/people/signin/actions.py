"""Every write to how people sign in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Person, Role, SignInRule
from hornbook.district.people.sessions import sign_out_everywhere
from hornbook.district.policy.models import Clause

OFFICE = (Role.IT, Role.HR, Role.CUSTODIAN, Role.SUPERINTENDENT)
CHILDREN_SIDE = (Role.STUDENT, Role.GUARDIAN)
IDLE = 60  # minutes: a lesson and a break


@dataclass(frozen=True)
class Wanted:
    role: Role
    second_step: bool = False
    idle_minutes: int | None = None
    clause: Clause | None = None


@transaction.atomic
def set_rule(*, actor: Actor, wanted: Wanted) -> SignInRule:
    """Say what sign-in asks of a role; the same again changes nothing and leaves no leaf."""
    facts = {
        "second_step": wanted.second_step,
        "idle_minutes": wanted.idle_minutes,
        "clause": wanted.clause,
    }
    rule = SignInRule.objects.filter(role=wanted.role).first() or SignInRule(role=wanted.role)
    if rule.pk and all(getattr(rule, name) == value for name, value in facts.items()):
        return rule
    for name, value in facts.items():
        setattr(rule, name, value)
    rule.full_clean()
    rule.save()
    record(
        actor=actor,
        verb="set what sign-in asks",
        object=f"role {wanted.role}",
        detail={
            "second_step": wanted.second_step,
            "idle_minutes": wanted.idle_minutes,
            "clause": wanted.clause.key if wanted.clause else "",
        },
    )
    return rule


@transaction.atomic
def ensure_rules(*, actor: Actor, strict: bool, clause: Clause | None = None) -> None:
    """The rules of a new district: idle machines sign out; with ``strict``, offices need two steps.

    Roles that have a rule keep it.
    """
    held = set(SignInRule.objects.values_list("role", flat=True))
    for role in Role:
        if role not in held and role not in CHILDREN_SIDE:
            wanted = Wanted(role, strict and role in OFFICE, IDLE, clause)
            set_rule(actor=actor, wanted=wanted)


@transaction.atomic
def sign_out(*, actor: Actor, person: Person, but: str = "") -> int:
    """End the person's sessions on every machine; how many there were."""
    ended = sign_out_everywhere(person.user, but=but) if person.user else 0
    record(actor=actor, verb="sign out everywhere", object=str(person.key), detail={"ended": ended})
    return ended
