"""Every write to rules and requests, and the looks at people: the change and its leaf."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hornbook.district.filtering.defaults import ensure_category, protected_names
from hornbook.district.filtering.models import (
    Ask,
    Category,
    CategoryKind,
    ListState,
    ListVersion,
    LocalEntry,
    Reason,
    Rule,
    UnlistedName,
)
from hornbook.district.ledger.actions import Actor, look, person_object, record
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Clause, ClauseText
from hornbook.instance import InstanceError
from hornbook.kernel.names import BadName, normalise

ALLOW = "allow"
_LONGEST_ENTRY = 255


class Refused(InstanceError):
    """The act is not possible; the message says why, for people. Nothing was changed."""


def cited(clause: Clause) -> list[str]:
    """The clause's version in force today, as leaves cite it."""
    in_force = ClauseText.objects.in_force(timezone.localdate())
    return [text.version for text in in_force.filter(clause=clause, lang="en")[:1]]


@transaction.atomic
def record_look(*, actor: Actor, person: Person, name: str, clause: str) -> None:
    """Somebody looked at what one person gets for a name."""
    look(
        actor=actor,
        object=person_object(person.key),
        clause_texts=[clause] if clause else [],
        detail={"name": name, "what": f"what the filter answers you for {name}"},
    )


@transaction.atomic
def set_rule_enabled(rule: Rule, *, enabled: bool, actor: Actor) -> Rule:
    """Switch a rule on or off. Raises Refused for a locked rule."""
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    _refuse_locked(rule)
    rule.enabled = enabled
    rule.save(update_fields=["enabled"])
    record(
        actor=actor,
        verb="filtering.rule-enabled" if enabled else "filtering.rule-disabled",
        object=f"rule:{rule.key}",
        clause_texts=cited(rule.clause),
    )
    return rule


@transaction.atomic
def move_rule(rule: Rule, *, up: bool, actor: Actor) -> Rule:
    """Swap a rule with the one before or after it. Raises Refused at the end of the row."""
    rules = list(Rule.objects.select_for_update().filter(locked=False).order_by("order"))
    _refuse_locked(rule)
    place = next(i for i, other in enumerate(rules) if other.pk == rule.pk)
    wanted = place - 1 if up else place + 1
    if not 0 <= wanted < len(rules):
        raise Refused(f"“{rule.name}” is the {'first' if up else 'last'} rule already.")
    _swap(rules[place], rules[wanted])
    record(
        actor=actor,
        verb="filtering.rule-moved",
        object=f"rule:{rule.key}",
        clause_texts=cited(rule.clause),
        detail={"before" if up else "after": rules[wanted].key},
    )
    return rules[place]


def _swap(rule: Rule, other: Rule) -> None:
    """``order`` is unique, so one of the two steps aside first."""
    first, second = rule.order, other.order
    aside = (Rule.objects.order_by("-order").values_list("order", flat=True).first() or 0) + 1
    for row, order in ((other, aside), (rule, second), (other, first)):
        row.order = order
        row.save(update_fields=["order"])


def _refuse_locked(rule: Rule) -> None:
    if rule.locked:
        raise Refused(
            f"“{rule.name}” is locked: federal law (CIPA) asks for it, so it cannot be switched "
            "off or moved. For an adult's research an authorised person may open a page."
        )


@transaction.atomic
def dismiss_version(version: ListVersion, *, actor: Actor) -> None:
    """Set a held version aside; the version in use stays. Raises Refused when it is not held."""
    version = ListVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ListState.HELD:
        raise Refused(f"{version} does not wait any more.")
    version.state = ListState.REPLACED
    version.save(update_fields=["state"])
    record(
        actor=actor,
        verb="filtering.list-change-dismissed",
        object=f"list:{version.source.key}",
        clause_texts=cited(version.source.category.clause),
        detail={"sha256": version.sha256, "change": version.held_reason},
    )


@transaction.atomic
def add_entry(
    *, actor: Actor, name: str, category: Category, reason: str, ends_at: datetime | None = None
) -> LocalEntry:
    """List a name in the district's own words; one that is listed so already is renewed.

    A name with a path (``sites.example/u/bob``) means these pages alone. Raises Refused for what
    is no name, and for a name of the protected set that would be blocked.
    """
    host, path = _entry_of(name.strip())
    if "." not in host:
        raise Refused("A single word such as “com” would mean too much. Name a site.")
    if category.kind == CategoryKind.TOPIC and _protects(host):
        raise Refused(f"{host} is in the protected set: nothing can block it.")
    entry, _ = LocalEntry.objects.update_or_create(
        name=host + path,
        category=category,
        defaults={"clause": category.clause, "reason": reason[:300], "ends_at": ends_at},
    )
    _record_entry(actor, "filtering.entry-added", entry)
    return entry


def _entry_of(text: str) -> tuple[str, str]:
    """Host and path of what a person typed or copied; the path is "" for a whole site."""
    bare = text.partition("://")[2] or text
    host, slash, path = bare.partition("#")[0].partition("/")
    try:
        found = normalise(host)
    except BadName as error:
        raise Refused(f"{error} Write it like nasa.gov.") from error
    if len(found + path) > _LONGEST_ENTRY or any(mark.isspace() for mark in path):
        raise Refused("This address is too long or has spaces. Leave out what stands behind “?”.")
    return found, slash + path if path else ""


def _protects(name: str) -> bool:
    return any(name == known or name.endswith(f".{known}") for known in protected_names())


@transaction.atomic
def drop_entry(entry: LocalEntry, *, actor: Actor) -> None:
    """Take a name off the district's own list."""
    _record_entry(actor, "filtering.entry-dropped", entry)
    entry.delete()


def _record_entry(actor: Actor, verb: str, entry: LocalEntry) -> None:
    record(
        actor=actor,
        verb=verb,
        object=f"entry:{entry.name}",
        clause_texts=cited(entry.clause),
        detail={
            "category": entry.category.key,
            "reason": entry.reason,
            "until": entry.ends_at.isoformat() if entry.ends_at else "",
        },
    )


@transaction.atomic
def keep_ask(ask: Ask, *, actor: Actor) -> Ask:
    """Store a request that came from the notice page."""
    ask.save(force_insert=True)
    record(
        actor=actor,
        verb="filtering.asked",
        object=f"ask:{ask.receipt}",
        clause_texts=[ask.clause_version] if ask.clause_version else [],
        detail={"name": ask.name, "asked_at": ask.asked_at.isoformat()},
    )
    return ask


@transaction.atomic
def keep_reason(reason: Reason, *, actor: Actor) -> Reason:
    """Store why somebody went on past a warning. The leaf stays, so it has no words and no site."""
    reason.save(force_insert=True)
    record(
        actor=actor,
        verb="filtering.went-on",
        object=f"reason:{reason.receipt}",
        clause_texts=[reason.clause_version],
        detail={"rule": reason.rule, "at": reason.at.isoformat()},
    )
    return reason


@transaction.atomic
def grant_ask(ask: Ask, *, reason: str, actor: Actor) -> Ask:
    """Allow the name for the whole district, under the clause of the allow category.

    Raises Refused when a locked rule blocked it: an allow list cannot lift CIPA.
    """
    ask = open_request(ask)
    if Rule.objects.filter(key=ask.rule, locked=True).exists():
        raise Refused(
            f"A locked rule (CIPA) blocks {ask.name}, and no allow list can lift it. If the name "
            "is listed wrongly, say so in the review of lists."
        )
    allow = ensure_category(ALLOW, actor=actor)
    entry, _ = LocalEntry.objects.update_or_create(
        name=ask.name,
        category=allow,
        defaults={"clause": allow.clause, "reason": reason[:300], "ends_at": None},
    )
    return decide(ask, Ask.State.GRANTED, reason, allow, actor, opens=entry.name)


@transaction.atomic
def refuse_ask(ask: Ask, *, reason: str, actor: Actor) -> Ask:
    """Leave the name blocked. The clause version that blocked it stays the one cited."""
    return decide(open_request(ask), Ask.State.REFUSED, reason, None, actor, opens="")


def open_request(ask: Ask) -> Ask:
    """The request, locked. Raises Refused when it is decided already."""
    ask = Ask.objects.select_for_update().get(pk=ask.pk)
    if ask.state != Ask.State.OPEN:
        raise Refused(f"This request is decided already: {ask.get_state_display().lower()}.")
    return ask


def decide(
    ask: Ask, state: str, reason: str, category: Category | None, actor: Actor, *, opens: str
) -> Ask:
    """Write the decision down, with its leaf; ``opens`` is the name that it opens."""
    ask.state, ask.decision = state, reason[:300]
    ask.decided_by, ask.decided_at = actor.label, timezone.now()
    ask.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    record(
        actor=actor,
        verb=f"filtering.ask-{state}",
        object=f"ask:{ask.receipt}",
        clause_texts={ask.clause_version, *(cited(category.clause) if category else [])} - {""},
        detail={"name": ask.name, "reason": ask.decision, "opens": opens},
    )
    return ask


@transaction.atomic
def list_unlisted(name: UnlistedName, *, category: Category, reason: str, actor: Actor) -> None:
    """List the name here, in the district's own words and under the clause of the category."""
    name = _waiting(name)
    LocalEntry.objects.update_or_create(
        name=name.name,
        category=category,
        defaults={"clause": category.clause, "reason": reason[:300], "ends_at": None},
    )
    _settle(name, UnlistedName.State.LISTED, category, reason, actor)


@transaction.atomic
def leave_unlisted(name: UnlistedName, *, reason: str, actor: Actor) -> None:
    """Leave the name open; it does not come back to the queue."""
    _settle(_waiting(name), UnlistedName.State.LEFT, None, reason, actor)


def _waiting(name: UnlistedName) -> UnlistedName:
    name = UnlistedName.objects.select_for_update().get(pk=name.pk)
    if name.state != UnlistedName.State.OPEN:
        raise Refused(f"{name} does not wait any more: {name.get_state_display().lower()}.")
    return name


def _settle(
    name: UnlistedName, state: str, category: Category | None, reason: str, actor: Actor
) -> None:
    name.state, name.category, name.decision = state, category, reason[:300]
    name.decided_by, name.decided_at = actor.label, timezone.now()
    name.save(update_fields=["state", "category", "decision", "decided_by", "decided_at"])
    record(
        actor=actor,
        verb=f"filtering.unlisted-{state}",
        object=f"name:{name.name}",
        clause_texts=cited(category.clause) if category else [],
        detail={
            "score": round(name.score, 4),
            "scorer": name.scorer,
            "times": name.times,
            "category": category.key if category else "",
            "reason": name.decision,
        },
    )
