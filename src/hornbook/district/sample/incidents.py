"""One password that was given away in the sample district, told quickly and finished."""

from __future__ import annotations

from hornbook.district.copyright import actions as copyright_desk
from hornbook.district.copyright.models import Notice
from hornbook.district.incidents.actions import (
    directory_reset,
    finish,
    learn,
    make_safe,
    note,
    set_desk,
    tell_more,
)
from hornbook.district.ledger.actions import Actor
from hornbook.district.mail.actions import drop
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.access import clause_by_key


def make_incident(*, teacher: Person, it: Person, actor: Actor) -> None:
    """The desk, and the way from the button to the end; its letters are not sent."""
    set_desk(
        actor=actor,
        phone="555-0142",
        place="District office, room 3, from 7 to 17 o'clock",
        account_clause=clause_by_key("LOGIN-1"),
        lesson_clause=clause_by_key("LOGIN-3"),
    )
    incident = make_safe(person=teacher)
    tell_more(
        incident=incident,
        actor=actor_of(teacher),
        how="page",
        days_ago=1,
        others="no",
        elsewhere=False,
        words="The page looked like our grade book. I saw the address only afterwards.",
    )
    helper = actor_of(it)
    note(incident=incident, actor=helper, words="Closed the page for everybody: security list.")
    directory_reset(incident=incident, actor=helper)
    learn(incident=incident, actor=actor_of(teacher))
    finish(incident=incident, actor=helper, finding="Nobody else signed in. Told in four minutes.")
    drop(about=str(incident))


def make_copyright_notice(*, owner: Person, actor: Actor, district: str) -> None:
    """The agent, and one notice that led to taking a teacher's page down."""
    copyright_desk.set_agent(
        actor=actor,
        name="The librarian of Maple Valley",
        organization=district,
        address="1 School Street, Maple Valley, Iowa",
        phone="555-0143",
        email="copyright@maplevalley.example",
        clause=clause_by_key("COPY-1"),
    )
    notice = copyright_desk.take_in(
        actor=copyright_desk.OUTSIDE,
        via=Notice.Via.MAIL,
        told={
            "claimant": "Ada Finch, Finch Picture Books",
            "owner": "",
            "address": "12 Harbor Road, Davenport, Iowa",
            "phone": "",
            "email": "ada@finch-books.example",
            "works": "The Heron Year, pictures 3 to 9",
            "material": "Class page “Birds of Iowa”, second half",
            "good_faith": True,
            "perjury": True,
            "signature": "Ada Finch",
        },
    )
    copyright_desk.disable(actor=actor, notice=notice, subscriber=owner)
    drop(about=str(notice))
