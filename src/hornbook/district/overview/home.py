"""What needs the person who signed in: the cards that their roles call for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from hornbook.district.overview.cards import (
    conduct,
    desk,
    incidents,
    numbers,
    policy,
    rules,
    signing,
)
from hornbook.district.overview.cards.card import Card, Viewer
from hornbook.district.people.models import Person, Role

Maker = Callable[[Viewer], Card | None]

ANYBODY: frozenset[Role] = frozenset(Role)
CARDS: tuple[tuple[Maker, frozenset[Role]], ...] = (
    (conduct.mine, ANYBODY),
    (conduct.waiting, ANYBODY),
    (incidents.mine, ANYBODY),
    (incidents.others, frozenset({Role.IT, Role.SUPERINTENDENT, Role.CUSTODIAN})),
    (signing.mine, ANYBODY),
    (signing.trainings, ANYBODY),
    (desk.open_asks, frozenset({Role.IT})),
    (desk.asks_for_me, frozenset({Role.TEACHER, Role.PRINCIPAL, Role.DIRECTOR})),
    (desk.held_lists, frozenset({Role.IT})),
    (desk.publication, frozenset({Role.IT})),
    (desk.machines, frozenset({Role.IT})),
    (numbers.my_school_today, frozenset({Role.PRINCIPAL})),
    (numbers.district_today, frozenset({Role.SUPERINTENDENT})),
    (policy.waiting_drafts, frozenset({Role.SUPERINTENDENT, Role.BOARD})),
    (policy.my_lights, ANYBODY),
    (desk.policy_work, frozenset({Role.POLICY_OWNER})),
    (desk.roster, frozenset({Role.HR})),
    (signing.others, frozenset({Role.HR, Role.PRINCIPAL, Role.SUPERINTENDENT, Role.POLICY_OWNER})),
    (rules.my_rules, ANYBODY),
    (rules.policy_news, ANYBODY),
)


@dataclass(frozen=True)
class Needs:
    """What needs the viewer, and what is good to know; ``roles`` in words."""

    roles: tuple[str, ...]
    urgent: tuple[Card, ...]
    calm: tuple[Card, ...]


def needs_of(person: Person | None, now: datetime) -> Needs:
    """The cards of everything the person is today; none for an account without a person."""
    if person is None:
        return Needs((), (), ())
    viewer = Viewer.of(person, now)
    cards = list(_cards(viewer))
    return Needs(
        tuple(f"{held.get_role_display()} at {held.site}" for held in viewer.roles),
        tuple(card for card in cards if card.urgent),
        tuple(card for card in cards if not card.urgent),
    )


def _cards(viewer: Viewer) -> Iterator[Card]:
    for make, roles in CARDS:
        if viewer.holds(*roles):
            card = make(viewer)
            if card is not None:
                yield card
