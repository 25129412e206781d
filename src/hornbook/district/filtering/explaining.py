"""Why somebody gets a verdict: the whole chain of reasons, from the parts in service.

The verdict comes from the kernel (the same judge as in a node); the rules that led to it are
read one by one with the compiler's order of judgement; the two must agree. Of a whole address
the name is judged as the DNS does, and the page as the proxy does where it sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from hornbook.district.filtering.compiler import carried
from hornbook.district.filtering.compiler.audience import NOBODY, Reading, Standing, choose
from hornbook.district.filtering.compiler.carried import Carried
from hornbook.district.filtering.compiler.resolve import (
    REWRITE,
    RuleLine,
    Topic,
    is_private,
    judged_order,
    misfit,
    protection,
    resolve,
)
from hornbook.district.filtering.compiler.roll import standings_of
from hornbook.district.filtering.compiler.windows import (
    DAY_NAMES,
    Minute,
    clock_at,
    describe,
    minute_of_week,
)
from hornbook.district.filtering.looks import look_at
from hornbook.district.filtering.publishing import store_of
from hornbook.district.people.models import Person
from hornbook.district.policy.law import basis
from hornbook.district.policy.models import LegalBasis
from hornbook.instance import InstanceError
from hornbook.kernel.explain import Explanation, explain, explain_set
from hornbook.kernel.judge import Kernel, Mismatch, Now
from hornbook.kernel.names import BadName, is_ip_literal, normalise, to_wire
from hornbook.kernel.orders import GRANTED, IN_SESSION, NEVER, RESTRICTED, SWITCHED_OFF
from hornbook.kernel.parts import BadPart
from hornbook.kernel.paths import Address
from hornbook.node.proxy.asked import BadTarget, target_of
from hornbook.node.proxy.bypass import Bypass


class ExplainError(InstanceError):
    """There is nothing to explain; the message says why and what to do."""


class Disagreement(Exception):
    """The compiled matrix and the readable order of judgement differ: a fault of Hornbook."""


@dataclass(frozen=True)
class Target:
    """What was asked (a name or a URL) and the name that is judged.

    ``path`` (with its query) and ``port`` are what a proxy sees beside the name; ``literal``: it
    is a bare address, which nobody asks the DNS for. ``note`` says in words what follows.
    """

    asked: str
    name: str
    note: str = ""
    path: str = ""
    port: int = 0
    literal: bool = False


_NAME_ONLY = "The DNS sees the name only; what stands after it does not change its answer."
_NO_PAGES = "No list means single pages of this site: the proxy answers the same."
_LITERAL = (
    "Nobody asks the DNS for a bare address. The proxy judges it as what it is: a way around the "
    "filter."
)


def read_target(asked: str) -> Target:
    """A domain name, an address or a whole URL. Raises ExplainError for what holds neither."""
    text = asked.strip()
    try:
        url = urlsplit(text if "//" in text else f"//{text}")
        host, port = url.hostname or text, url.port or 0
        if is_ip_literal(host):
            literal = target_of(f"[{host}]" if ":" in host else host, 80)
            return Target(text, literal.host, _LITERAL, literal=True)
        name = normalise(host)
    except (BadName, BadTarget, ValueError) as error:
        raise ExplainError(f"“{text}” holds no domain name: {error}") from error
    path = url.path + (f"?{url.query}" if url.query else "")
    beyond = url.path.strip("/") or url.query
    return Target(text, name, _NAME_ONLY if beyond else "", path if beyond else "", port)


def served_kernel() -> Kernel:
    """The parts in service. Raises ExplainError when there are none, or they are damaged."""
    store = store_of()
    current = store.current()
    if current is None:
        raise ExplainError("Nothing is published yet. Run: hornbook publish")
    try:
        return store.load(current)
    except (BadPart, Mismatch) as error:
        raise ExplainError(str(error)) from error


def explain_for(
    person: Person | None,
    target: str,
    at: datetime,
    *,
    address: str = "",
    kernel: Kernel | None = None,
) -> dict[str, Any]:
    """The full chain of reasons, as JSON.

    Somebody at a seat gets what the published seat gets; somebody without one gets the profile
    of their roles and age on that day; without ``person`` the seat at ``address`` is judged.
    ``at`` chooses the time slot; rules and lists are those in service now. Raises ExplainError
    for what cannot be judged and Disagreement for a fault of Hornbook.
    """
    wanted = read_target(target)
    kernel = kernel or served_kernel()
    told = carried.read(kernel.rulebook.meta)
    zone = ZoneInfo(kernel.rulebook.time_zone)
    minute, clock = minute_of_week(at, zone), clock_at(at, zone, told.calendar)
    now = kernel.at(at.timestamp())
    seat = _seat(kernel, person, address)
    seat = None if seat is None else now.present_one(seat)
    who = _who(kernel, told, person, seat, at)
    whose: dict[str, Any] = {"profile": who["profile"]} if seat is None else {"seat": seat}
    found = _found(kernel, wanted, now, whose)
    return {
        "person": who,
        "address": address,
        "target": asdict(wanted),
        "at": at.isoformat(),
        "local_time": f"{DAY_NAMES[minute // 1440]} {minute % 1440 // 60:02}:{minute % 60:02}",
        "slot": now.slot,
        **_reasons(kernel, told, found, clock),
        "page": _page(kernel, told, wanted, now, whose, clock),
        "parts": dict(zip(("catalogue", "rulebook", "seating"), kernel.hashes, strict=True)),
    }


def _found(kernel: Kernel, wanted: Target, now: Now, whose: dict[str, Any]) -> Explanation:
    if not wanted.literal:
        return explain(kernel, wanted.name, now=now, **whose)
    for set_id in Bypass(kernel).sets:
        found = explain_set(kernel, wanted.name, set_id, now, **whose)
        if found.verdict.action == "block":
            return found
    return explain_set(kernel, wanted.name, 0, now, **whose)


def _page(
    kernel: Kernel,
    told: Carried,
    wanted: Target,
    now: Now,
    whose: dict[str, Any],
    clock: Minute,
) -> dict[str, Any] | None:
    """What the page itself gets where a proxy sees it; None where only a name was asked for."""
    if not wanted.path:
        return None
    usual = settings.INSTANCE.settings().proxy_ports
    port = 0 if wanted.port in usual else wanted.port
    path = wanted.path.encode()
    site = Address.of(to_wire(wanted.name), path, port).site
    if not kernel.catalogue.looks_deeper(site):
        return {
            "path": "",
            "note": _NO_PAGES,
        }
    found = explain(kernel, wanted.name, now=now, path=path, port=port, **whose)
    if not found.path:
        return {"path": "", "note": "Lists mean single pages of this site, and not this one."}
    note = "Where the proxy sees the page, a list means it alone:"
    return {"path": found.path, "note": note} | _reasons(kernel, told, found, clock)


def _reasons(kernel: Kernel, told: Carried, found: Explanation, clock: Minute) -> dict[str, Any]:
    """Lists, rules and the verdict of one explanation. Raises Disagreement."""
    steps = chain(told, found, clock)
    return {
        "order": _order(found),
        "matched": found.matched,
        "suffixes": [asdict(suffix) for suffix in found.suffixes],
        "sources": [asdict(source) for source in found.sources],
        "categories": _categories(told, found),
        "looks": _looks(found),
        "steps": steps,
        "unread": _unread(told, steps),
        "verdict": asdict(found.verdict),
        "answered_as": _answered_as(kernel, found),
        "basis": _basis(found.verdict.basis),
        "override": kernel.rulebook.notice["roles"].get(found.verdict.override, ""),
    }


def _looks(found: Explanation) -> str:
    """What is said of a name in no list. A bare address has no letters to judge."""
    if found.matched:
        return ""
    return look_at(found.name).words if found.suffixes else "A bare address is in no list of names."


def _answered_as(kernel: Kernel, found: Explanation) -> str:
    """The name or address that a rewrite answers with, "" for every other verdict."""
    return kernel.rulebook.rewrites.get(found.verdict.target, {}).get(found.name, "")


def _order(found: Explanation) -> dict[str, Any] | None:
    """What is stronger than the rules and spoke; None where the rules decide."""
    if found.order is None:
        return None
    return {
        "rank": RANKS[found.order.rank],
        "title": found.order.verdict.title,
        "rule": found.order.verdict.rule,
        "clause": found.order.verdict.clause,
        "action": found.order.verdict.action,
        "begins": found.order.begins,
        "ends": None if found.order.ends == NEVER else found.order.ends,
        "instead_of": found.ruled.action,
    }


RANKS = {
    SWITCHED_OFF: "Emergency switch-off",
    RESTRICTED: "Personal restriction",
    GRANTED: "Grant or exception",
    IN_SESSION: "Class session",
}


def _seat(kernel: Kernel, person: Person | None, address: str) -> int | None:
    """The seat that is judged; None for a person whom the seating does not know."""
    if person is None:
        try:
            return kernel.seating.by_address(address)
        except ValueError as error:
            raise ExplainError(f"“{address}” is no address: {error}") from error
    return kernel.seating.of_person(str(person.key))


def _who(
    kernel: Kernel, told: Carried, person: Person | None, seat: int | None, at: datetime
) -> dict[str, Any]:
    names = {group.key: group.name for group in told.profiles}
    standing = _standing(person, at.astimezone(ZoneInfo(kernel.rulebook.time_zone)).date())
    profile, why = choose(told.profiles, standing)
    served = profile if seat is None else kernel.seating.seats[seat].profile
    note = ""
    if person and served != profile:
        note = f"The published seat still has the profile {names[served]}; publish to renew it."
    return {
        "key": str(person.key) if person else "",
        "label": str(person) if person else "Whoever sits there",
        "profile": served,
        "profile_name": names[served],
        "why": [_read(names, reason) for reason in why] if person else [],
        "seated": seat is not None,
        "note": note,
    }


def _read(names: Mapping[str, str], read: Reading) -> dict[str, Any]:
    """One profile that was read: whether its audience fits, and else why not."""
    reason = read.misses
    return {
        "profile": read.profile,
        "name": names[read.profile],
        "fits": reason is None,
        "why": reason or "it is the first that fits",
    }


def _standing(person: Person | None, on: date) -> Standing:
    return standings_of([person], on=on)[person.pk] if person else NOBODY


def chain(told: Carried, found: Explanation, minute: Minute) -> list[dict[str, Any]]:
    """Every rule that was looked at, in order, and why it spoke or not.

    Raises Disagreement when the rules lead elsewhere than the kernel's verdict.
    """
    categories = frozenset(found.categories)
    outcome = resolve(
        told.topics, told.rules, profile=found.profile, categories=categories, minute=minute
    )
    rule = "protected" if outcome.protected else outcome.rule.key if outcome.rule else ""
    if (outcome.action, rule) != (found.ruled.action, found.ruled.rule):
        raise Disagreement(
            f"the rules lead to {outcome.action} by “{rule}”, the rulebook "
            f"{found.rulebook} says {found.ruled.action} by “{found.ruled.rule}”"
        )
    first = _protected_steps(told, categories)
    if outcome.protected:
        return first
    return [*first, *_rule_steps(told, found, minute, outcome.rule)]


def _protected_steps(told: Carried, categories: frozenset[str]) -> list[dict[str, Any]]:
    """The protected set is read first; the one topic that fits, else each that does not."""
    speaker = protection(told.topics, categories)
    if speaker:
        return [_protected_step(speaker, fits=True)]
    topics = (topic for topic in told.topics if topic.kind == "protected")
    return [_protected_step(topic, fits=False) for topic in topics]


def _protected_step(topic: Topic, *, fits: bool) -> dict[str, Any]:
    return {
        "rule": "protected",
        "name": topic.name,
        "action": "allow",
        "clause": topic.clause,
        "basis": LegalBasis.PROTECTED.value,
        "locked": True,
        "window": describe(()),
        "fits": fits,
        "why": "nothing can block it" if fits else "the name is not in the protected set",
    }


def _rule_steps(
    told: Carried, found: Explanation, minute: Minute, speaker: RuleLine | None
) -> list[dict[str, Any]]:
    """The rules up to the one that spoke. Behind one that lets by only rewrites are read."""
    steps: list[dict[str, Any]] = []
    private = is_private(told.topics, frozenset(found.categories))
    for rule in judged_order(told.rules):
        if rule.action != REWRITE and any(step["fits"] for step in steps):
            continue
        reason = misfit(
            rule,
            profile=found.profile,
            categories=frozenset(found.categories),
            minute=minute,
            private=private,
        )
        steps.append(
            {
                "rule": rule.key,
                "name": rule.name,
                "action": rule.action,
                "clause": rule.clause,
                "basis": rule.basis,
                "locked": rule.locked,
                "window": describe(rule.windows),
                "fits": reason is None,
                "why": reason or _FITS.get(rule.action, "it is the first that fits"),
            }
        )
        if rule == speaker:
            break
    return steps


_FITS = {REWRITE: "the name is open, and is answered as another one"}


def _unread(told: Carried, steps: list[dict[str, Any]]) -> int:
    """How many rules were not looked at, because a stronger one had spoken."""
    read = sum(step["rule"] != "protected" for step in steps)
    return len(told.rules) - read if steps[-1]["fits"] else 0


def _categories(told: Carried, found: Explanation) -> list[dict[str, str]]:
    names = {topic.key: topic.name for topic in told.topics}
    return [{"key": key, "name": names.get(key, key)} for key in found.categories]


def _basis(key: str) -> Mapping[str, str]:
    if not key:
        return {}
    law = basis(key)
    return {
        "key": key,
        "label": str(LegalBasis(key).label),
        "words": law.words,
        "citation": law.citation,
        "checked_on": law.checked_on.isoformat(),
    }
