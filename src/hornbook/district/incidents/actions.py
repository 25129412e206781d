"""Every write to incidents of accounts. The first one is quick: it makes the account safe."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hornbook.district.incidents.access import helpers_of
from hornbook.district.incidents.models import Desk, GivenAway, Step, Word
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.mail.actions import Draft, post
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.people.signin.attempts import attempts_since
from hornbook.district.people.signin.closing import Closed, close_account, reopen
from hornbook.district.policy.access import text_in_force
from hornbook.district.policy.models import Clause, ClauseText

USUAL = timedelta(days=7)  # most people notice within days
LOOK_BACK = timedelta(days=30)
CLOSED_BY = "a password that somebody else may know"


class Refused(ValueError):
    """It was not done; the message says why and what to do."""


@transaction.atomic
def make_safe(*, person: Person, actor: Actor | None = None) -> GivenAway:
    """Close the person's account at once, tell those who help, and look at recent sign-ins.

    Without ``actor`` the person does it themselves: their own wish needs no clause. Somebody
    else needs the clause that the desk has chosen, in force today. An incident that is open
    already is gone on with. Raises Refused.
    """
    who = actor or actor_of(person)
    text = text_of(Desk.the_one().account_clause)
    if person.user is None:
        raise Refused("There is no account to close.")
    if actor is not None and text is None:
        raise Refused(
            "Closing somebody's account needs a clause that is in force. "
            "Choose it under “The desk” on the page of incidents."
        )
    since = timezone.now() - USUAL
    closed = close_account(
        actor=who, user=person.user, why=CLOSED_BY, text=text, own_wish=actor is None, since=since
    )
    incident = _incident(person, who, closed, since)
    _note_closing(incident, who, closed)
    _look_back(incident)
    _tell_people(incident)
    return incident


def text_of(clause: Clause | None) -> ClauseText | None:
    """The clause's wording of today."""
    return text_in_force(clause, timezone.localdate()) if clause else None


def _incident(person: Person, who: Actor, closed: Closed, since: datetime) -> GivenAway:
    running = GivenAway.objects.select_for_update().filter(
        person=person, state=GivenAway.State.OPEN
    )
    return running.first() or GivenAway.objects.create(
        person=person,
        told_by=who.label,
        told_at=timezone.now(),
        since=since,
        closing=closed.closing,
        lesson=text_of(Desk.the_one().lesson_clause),
    )


def _note_closing(incident: GivenAway, who: Actor, closed: Closed) -> None:
    if incident.closing_id != closed.closing.pk:
        incident.closing = closed.closing
        incident.save(update_fields=["closing"])
    whose = _whose(incident, who)
    add_step(incident, who, f"Told that somebody else may know the password of {whose} account.")
    devices = _many(closed.sessions, "device")
    add_step(incident, who, f"Signed out everywhere: {devices}.")
    add_step(incident, who, "The password was made worthless. The account waits for a new one.")
    if closed.removed:
        removed = _many(len(closed.removed), "second step or passkey", "second steps or passkeys")
        add_step(incident, who, f"Removed {removed} added in the last days.")


def _whose(incident: GivenAway, who: Actor) -> str:
    return "their" if who.label == str(incident.person) else f"{incident.person}'s"


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _look_back(incident: GivenAway) -> None:
    """How many sign-ins there were; which ones, the person and IT see on their pages."""
    user = incident.closing.user
    found = attempts_since(user, timezone.now() - LOOK_BACK)
    good = [one for one in found if one.good]
    outside = sum(not one.place for one in good)
    failed = len(found) - len(good)
    add_step(
        incident,
        Actor("Hornbook"),
        f"Looked at the sign-ins of the last 30 days: {_many(len(good), 'sign-in')}, {outside} "
        f"from outside the District's networks, {failed} that failed.",
    )


def _tell_people(incident: GivenAway) -> None:
    """IT and whom the person answers to; and the person, in case it was not them who said so."""
    helpers = [one for one in helpers_of(incident.person) if one.email]
    letters = [_to_helper(incident, one) for one in helpers]
    if incident.person.email:
        letters.append(_to_person(incident))
    if post(letters):
        names = ", ".join(str(one) for one in helpers) or "nobody with an address"
        add_step(incident, Actor("Hornbook"), f"Told by mail: {names}.")


def _to_helper(incident: GivenAway, to: Person) -> Draft:
    name = str(incident.person)
    return Draft(
        key=f"given-away {incident.key} to {to.key}",
        about=f"incident {incident.key}",
        to=to.email,
        person=to,
        subject=f"{name}: somebody else may know the password",
        body=(
            f"{incident.told_by} told Hornbook that somebody else may know the password of "
            f"{name}.\n\n"
            "The account is closed until there is a new password, and it was signed out "
            "everywhere. Quick honesty counts: please thank them, and blame nobody.\n\n"
            "Sign in to Hornbook and open Incidents to see what was done and what is left.\n"
        ),
    )


def _to_person(incident: GivenAway) -> Draft:
    desk = Desk.the_one()
    where = " ".join(part for part in (desk.place, desk.phone) if part)
    return Draft(
        key=f"given-away {incident.key} to themselves",
        about=f"incident {incident.key}",
        to=incident.person.email,
        person=incident.person,
        subject="Your account is closed until you have a new password",
        body=(
            f"{incident.told_by} told Hornbook that somebody else may know your password. Your "
            "account was signed out everywhere and is closed until you have a new password.\n\n"
            f"Go to the IT desk in person{': ' + where if where else ''}. They give you a code. "
            "With an older passkey you can set a new password yourself.\n\n"
            "Did you use the same password elsewhere? Change it there, too. Nobody blames you. "
            "The District will never ask for your password.\n"
        ),
    )


def add_step(incident: GivenAway, who: Actor, words: str) -> Step:
    """One line of what was done, with its leaf."""
    leaf = record(
        actor=who, verb="incident step", object=str(incident), detail={"words": words[:500]}
    )
    return Step.objects.create(
        incident=incident, at=leaf.at, by=who.label, words=words[:500], leaf_no=leaf.no
    )


# --- more about it ------------------------------------------------------------------------------


@transaction.atomic
def tell_more(
    *,
    incident: GivenAway,
    actor: Actor,
    how: str,
    days_ago: int,
    others: str,
    elsewhere: bool,
    words: str,
) -> None:
    """What the person remembers. Longer ago means that more ways to sign in are doubted."""
    since = min(incident.since, timezone.now() - timedelta(days=days_ago))
    if since < incident.since:
        _doubt_older_ways(incident, actor, since)
    incident.how, incident.data, incident.elsewhere = how, others, elsewhere
    incident.words, incident.since = words, since
    incident.save(update_fields=["how", "data", "elsewhere", "words", "since"])
    add_step(incident, actor, "Told more about how it happened.")
    if others and others != GivenAway.Data.NO:
        add_step(incident, actor, "Data of students or staff may have been seen: IT looks at it.")


def _doubt_older_ways(incident: GivenAway, actor: Actor, since: datetime) -> None:
    closing = incident.closing
    if closing.reset_at is not None:
        return
    closed = close_account(
        actor=actor,
        user=closing.user,
        why=closing.why,
        text=closing.clause_text,
        own_wish=closing.own_wish,
        since=since,
    )
    if closed.removed:
        removed = _many(len(closed.removed), "older one", "older ones")
        add_step(incident, actor, f"Removed {removed} of the second steps and passkeys.")


@transaction.atomic
def learn(*, incident: GivenAway, actor: Actor) -> None:
    """The person has taken the lesson; once is enough."""
    if incident.lesson is None or incident.lesson_done_at:
        return
    incident.lesson_done_at = timezone.now()
    incident.save(update_fields=["lesson_done_at"])
    record(
        actor=actor,
        verb="take lesson",
        object=str(incident),
        clause_texts=[incident.lesson.version],
    )
    add_step(incident, actor, f"Took the lesson on {incident.lesson.version}.")


@transaction.atomic
def note(*, incident: GivenAway, actor: Actor, words: str) -> Step:
    """IT writes down what it did."""
    return add_step(incident, actor, words)


@transaction.atomic
def directory_reset(*, incident: GivenAway, actor: Actor) -> None:
    """The directory that vouches for the person has a new password now: the account opens."""
    if reopen(actor=actor, user=incident.closing.user, how="a new password in the directory"):
        add_step(incident, actor, "The directory has a new password. The account is open again.")


@transaction.atomic
def finish(*, incident: GivenAway, actor: Actor, finding: str) -> None:
    """End it. Raises Refused while the account is closed or a breach of it is open."""
    incident.closing.refresh_from_db()
    if incident.closing.reset_at is None:
        raise Refused("The account still waits for a new password.")
    if incident.breaches.filter(state="open").exists():
        raise Refused("The breach that began with it is still open.")
    incident.state, incident.done_at = GivenAway.State.DONE, timezone.now()
    incident.done_by, incident.finding = actor.label, finding
    incident.save(update_fields=["state", "done_at", "done_by", "finding"])
    add_step(incident, actor, "Finished.")


# --- the desk, and those who cannot sign in --------------------------------------------------


@transaction.atomic
def set_desk(
    *,
    actor: Actor,
    phone: str,
    place: str,
    account_clause: Clause | None,
    lesson_clause: Clause | None,
) -> Desk:
    """Who helps, and on which clauses it rests."""
    desk, _ = Desk.objects.update_or_create(
        pk=1,
        defaults={
            "phone": phone,
            "place": place,
            "account_clause": account_clause,
            "lesson_clause": lesson_clause,
        },
    )
    cited = [
        text.version for clause in (account_clause, lesson_clause) if (text := text_of(clause))
    ]
    detail = {"phone": phone, "place": place}
    record(actor=actor, verb="set incident desk", object="desk", clause_texts=cited, detail=detail)
    return desk


@transaction.atomic
def tell_from_outside(*, email: str, reach: str, words: str) -> Word:
    """Somebody who cannot sign in says it. IT is told; nothing is closed before IT looked."""
    person = Person.objects.filter(user__email__iexact=email, user__is_active=True).first()
    word = Word.objects.create(
        at=timezone.now(), email=email, reach=reach, words=words, person=person
    )
    who = Actor("Somebody who could not sign in")
    about = f"person {person.key}" if person else str(word)
    record(actor=who, verb="tell password given away", object=about)
    helpers = [one for one in helpers_of(person) if one.email] if person else []
    post(_word_letter(word, one) for one in helpers)
    return word


def _word_letter(word: Word, to: Person) -> Draft:
    return Draft(
        key=f"word {word.pk} to {to.key}",
        about=str(word),
        to=to.email,
        person=to,
        subject=f"{word.person}: cannot sign in, and somebody else may know the password",
        body=(
            "Somebody who could not sign in wrote this in Hornbook. It may be true or a trick: "
            "call the person. Then open Incidents in Hornbook to close the account, or set it "
            f"aside.\n\nReach them at: {word.reach or 'not said'}\n"
        ),
    )


@transaction.atomic
def act_on_word(*, word: Word, actor: Actor) -> GivenAway:
    """IT believes it and closes the account. Raises Refused."""
    if word.person is None:
        raise Refused("This address belongs to nobody here.")
    incident = make_safe(person=word.person, actor=actor)
    _settle(word, actor, Word.State.ACTED)
    return incident


@transaction.atomic
def set_aside(*, word: Word, actor: Actor) -> None:
    """IT asked, and it is not so."""
    _settle(word, actor, Word.State.ASIDE)
    record(actor=actor, verb="set word aside", object=str(word))


def _settle(word: Word, actor: Actor, state: Word.State) -> None:
    word.state, word.settled_at, word.settled_by = state, timezone.now(), actor.label
    word.save(update_fields=["state", "settled_at", "settled_by"])
