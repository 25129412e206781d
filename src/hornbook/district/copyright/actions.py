"""Every write to copyright notices, from the acknowledgement to putting material back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.copyright.law import law, missing, must_be_asked, restore_window
from hornbook.district.copyright.models import Agent, CounterNotice, Event, Notice, State
from hornbook.district.learning.numbers import new_number
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.mail.actions import Draft, post
from hornbook.district.overview.context import district_name
from hornbook.district.people.models import Person
from hornbook.district.policy.access import text_in_force

OUTSIDE = Actor("Somebody who claims a copyright")


class Refused(ValueError):
    """It was not done; the message says why and what to do."""


@transaction.atomic
def set_agent(*, actor: Actor, **facts: Any) -> Agent:
    """Who receives notices. The ledger keeps who it was before."""
    agent, _ = Agent.objects.update_or_create(pk=1, defaults=facts)
    text = text_in_force(agent.clause, timezone.localdate()) if agent.clause else None
    detail = {name: str(value or "") for name, value in facts.items() if name != "clause"}
    cited = [text.version] if text else []
    record(
        actor=actor, verb="set copyright agent", object="agent", clause_texts=cited, detail=detail
    )
    return agent


@transaction.atomic
def take_in(*, actor: Actor, via: str, told: Mapping[str, Any]) -> Notice:
    """A notice has come. What is missing is worked out; the writer gets an acknowledgement."""
    notice = Notice.objects.create(
        number=new_number(),
        received_at=timezone.now(),
        via=via,
        missing=missing(told),
        **told,
    )
    add_event(notice, actor, "Received.")
    if notice.missing:
        _find_incomplete(notice)
    _acknowledge(notice)
    _tell_agent(notice)
    return notice


def _find_incomplete(notice: Notice) -> None:
    _move(notice, State.INCOMPLETE)
    words = "; ".join(law().elements[key].words for key in notice.missing)
    add_event(notice, Actor("Hornbook"), f"Incomplete. Missing: {words}"[:500])


def _acknowledge(notice: Notice) -> None:
    """Only fixed words and what the law says: nobody can send their own text through us."""
    if not notice.email:
        return
    lines = [f"{district_name()} has received your notice. Its number is {notice.number}.", ""]
    if notice.missing:
        lines += ["The law asks for more before we can act. Missing:"]
        lines += [f"- {law().elements[key].words}" for key in notice.missing]
        lines += ["", "Please send it to the designated agent and name the number."]
    else:
        lines += ["The designated agent looks at it now and acts without delay."]
    _post(notice, "received", notice.email, "Your copyright notice", "\n".join(lines))


def _tell_agent(notice: Notice) -> None:
    agent = Agent.objects.first()
    if agent is not None:
        body = (
            f"A copyright notice has come, number {notice.number}.\n"
            "Sign in to Hornbook and open Copyright to read it.\n"
        )
        _post(notice, "to the agent", agent.email, "A copyright notice has come", body)


def _post(notice: Notice, what: str, to: str, subject: str, body: str) -> None:
    draft = Draft(
        key=f"copyright {notice.number} {what}",
        about=str(notice),
        to=to,
        subject=subject,
        body=body,
    )
    post([draft])


def add_event(notice: Notice, who: Actor, words: str, clause_texts: tuple[str, ...] = ()) -> Event:
    leaf = record(
        actor=who,
        verb="copyright step",
        object=str(notice),
        clause_texts=clause_texts,
        detail={"words": words[:500]},
    )
    return Event.objects.create(
        notice=notice, at=leaf.at, by=who.label, words=words[:500], leaf_no=leaf.no
    )


def _move(notice: Notice, state: State) -> None:
    notice.state = state
    notice.save(update_fields=["state"])


# --- the agent's desk ---


@transaction.atomic
def complete(*, actor: Actor, notice: Notice, told: Mapping[str, Any]) -> None:
    """More has come. What was there before stays unless it was written anew."""
    if notice.state not in (State.RECEIVED, State.INCOMPLETE):
        raise Refused("This notice was acted on already.")
    for name, value in told.items():
        setattr(notice, name, value or getattr(notice, name))
    notice.missing = missing(vars(notice))
    notice.save()
    add_event(notice, actor, "More has come.")
    if notice.missing and notice.state == State.RECEIVED:
        _find_incomplete(notice)
    elif not notice.missing and notice.state == State.INCOMPLETE:
        _move(notice, State.RECEIVED)
        add_event(notice, actor, "Complete: every element is there.")


@transaction.atomic
def disable(*, actor: Actor, notice: Notice, subscriber: Person | None) -> None:
    """The material is down, and whose it is has been told. Raises Refused for incomplete ones.

    Cites the clause that the agent's page names, where one is in force: it touches a person.
    """
    if notice.state != State.RECEIVED:
        raise Refused("Only a complete notice that was not acted on leads to taking down.")
    agent = Agent.objects.select_related("clause").first()
    text = text_in_force(agent.clause, timezone.localdate()) if agent and agent.clause else None
    if subscriber is not None and text is None:
        raise Refused("Choose the clause on copyright first, on the agent's page.")
    notice.subscriber, notice.disabled_at = subscriber, timezone.now()
    notice.state = State.DISABLED
    notice.save(update_fields=["subscriber", "disabled_at", "state"])
    cited = (text.version,) if text else ()
    add_event(notice, actor, "Took the material down, or shut the way to it.", cited)
    if subscriber and subscriber.email:
        _tell_subscriber(notice, subscriber)
        add_event(notice, actor, "Told the person whose material it is, and how to answer.")


def _tell_subscriber(notice: Notice, to: Person) -> None:
    """512(g)(2)(A)."""
    body = (
        "Somebody claims that material of yours infringes a copyright. We took it down, as the "
        f"law asks. The number is {notice.number}.\n\n"
        "This is no finding against you. If it is a mistake, you may send a counter-notice: sign "
        "in to Hornbook and open “Copyright” in the menu under your name. Somebody at the "
        "library can help you.\n"
    )
    _post(notice, "to the subscriber", to.email, "Material of yours was taken down", body)


@transaction.atomic
def counter(*, actor: Actor, notice: Notice, told: Mapping[str, Any]) -> CounterNotice:
    """A counter-notice has come: the claimant gets a copy, and the clock runs (512(g)(2)(B))."""
    if notice.state != State.DISABLED:
        raise Refused("A counter-notice answers material that was taken down.")
    now = timezone.now()
    first, last = restore_window(timezone.localdate(now))
    made = CounterNotice.objects.create(
        notice=notice, received_at=now, restore_from=first, restore_by=last, **told
    )
    _move(notice, State.COUNTERED)
    add_event(notice, actor, f"Counter-notice received. Back between {first} and {last}.")
    if notice.email:
        _post(notice, "counter", notice.email, "A counter-notice", _copy_of(made))
        add_event(notice, Actor("Hornbook"), "Sent a copy to the claimant.")
    return made


def _copy_of(made: CounterNotice) -> str:
    return (
        f"A counter-notice to your notice {made.notice.number} has come. Its text:\n\n"
        f"Material: {made.material}\n"
        f"Statement under penalty of perjury: {made.name} has a good-faith belief that it was "
        "taken down by mistake or misidentification, and consents to the jurisdiction of the "
        "Federal District Court and to service of process by you.\n"
        f"Address: {made.address}\nTelephone: {made.phone}\nSigned: {made.signature}\n\n"
        f"We put the material back in 10 business days, on {made.restore_from:%-d %B %Y} at the "
        "earliest, unless you tell the designated agent before that you have filed an action "
        "for a court order.\n"
    )


@transaction.atomic
def restore(*, actor: Actor, notice: Notice, today: date) -> None:
    """The material is back. Raises Refused before its first day."""
    if notice.state != State.COUNTERED:
        raise Refused("Nothing waits to be put back.")
    if today < notice.counter.restore_from:
        raise Refused(f"Not before {notice.counter.restore_from:%-d %B %Y}: the law says so.")
    _settle(notice, State.RESTORED)
    add_event(notice, actor, "Put the material back.")


@transaction.atomic
def to_court(*, actor: Actor, notice: Notice) -> None:
    """The claimant told the agent of an action for a court order: it stays down."""
    if notice.state != State.COUNTERED:
        raise Refused("There is no counter-notice.")
    _settle(notice, State.COURT)
    add_event(notice, actor, "The claimant filed an action. The material stays down.")


@transaction.atomic
def withdraw(*, actor: Actor, notice: Notice) -> None:
    """The claimant takes it back; it counts for nothing."""
    if notice.state not in (State.RECEIVED, State.INCOMPLETE, State.DISABLED, State.COUNTERED):
        raise Refused("This notice is settled.")
    was_down = notice.disabled_at is not None
    _settle(notice, State.WITHDRAWN)
    add_event(notice, actor, "Withdrawn." + (" The material can go back." if was_down else ""))


@transaction.atomic
def refuse(*, actor: Actor, notice: Notice, reason: str) -> None:
    """Not acted on: the reason stands in the timeline."""
    if notice.state not in (State.RECEIVED, State.INCOMPLETE):
        raise Refused("This notice was acted on already.")
    if must_be_asked(notice.missing) and not notice.events.filter(by=actor.label).exists():
        raise Refused("The law asks you to write to them for the rest first. Note that you did.")
    _settle(notice, State.REFUSED)
    add_event(notice, actor, f"Not acted on: {reason}")


@transaction.atomic
def note(*, actor: Actor, notice: Notice, words: str) -> None:
    add_event(notice, actor, words)


def _settle(notice: Notice, state: State) -> None:
    notice.state, notice.settled_at = state, timezone.now()
    notice.save(update_fields=["state", "settled_at"])


COUNTS = (State.DISABLED, State.COURT)


def repeats(person: Person) -> int:
    """How many notices about this person stand: neither countered and put back nor withdrawn.

    A number for a person who thinks (512(i)): nothing follows from it by itself.
    """
    return person.copyright_notices.filter(state__in=COUNTS).count()
