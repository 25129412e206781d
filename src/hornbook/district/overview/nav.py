"""Which rooms a role opens in the menu. The rooms check again; this only spares dead ends."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from hornbook.district.people.models import Role

ONE_LINE = 7
_STUDENT_SIDE = {Role.STUDENT, Role.GUARDIAN}
STAFF = frozenset(Role) - _STUDENT_SIDE
_LEADERS = frozenset({Role.PRINCIPAL, Role.SUPERINTENDENT, Role.BOARD})


@dataclass(frozen=True)
class Link:
    url: str
    label: str
    current: bool


@dataclass(frozen=True)
class Room:
    """A url name, what it is called in the menu, and whom it waits for (None: anybody).

    ``also`` names another address whose pages belong to it.
    """

    name: str
    label: str
    roles: frozenset[Role] | None = None
    also: str = ""


# The order is that of the days of those who use them: the menu of a wide screen shows the first.
ROOMS = (
    Room("home", "Home"),
    Room("today", "Today", STAFF, also="sign"),
    Room("policy", "Policy"),
    Room(
        "clauses",
        "Coverage",
        frozenset(
            {
                Role.POLICY_OWNER,
                Role.SUPERINTENDENT,
                Role.BOARD,
                Role.HR,
                Role.CUSTODIAN,
                Role.PRINCIPAL,
            }
        ),
    ),
    Room("revise", "Revise", frozenset({Role.POLICY_OWNER, Role.SUPERINTENDENT, Role.BOARD})),
    Room("class", "My classes", frozenset({Role.TEACHER, Role.AIDE, Role.SUBSTITUTE})),
    Room("people", "People", frozenset({Role.HR, Role.IT, Role.PRINCIPAL, Role.SUPERINTENDENT})),
    Room(
        "campaigns",
        "Campaigns",
        frozenset({Role.HR, Role.POLICY_OWNER, Role.PRINCIPAL, Role.SUPERINTENDENT}),
    ),
    Room("filter", "Filter", frozenset({Role.IT, Role.POLICY_OWNER})),
    Room(
        "asks",
        "Requests",
        frozenset({Role.IT, Role.POLICY_OWNER, Role.PRINCIPAL, Role.DIRECTOR}),
    ),
    Room(
        "switchboard",
        "Switchboard",
        frozenset({Role.IT, Role.SUPERINTENDENT, Role.PRINCIPAL, Role.POLICY_OWNER}),
    ),
    Room("cases", "Cases", _LEADERS | {Role.DIRECTOR, Role.HR, Role.CUSTODIAN}),
    Room("records", "Records", frozenset({Role.CUSTODIAN, Role.SUPERINTENDENT, Role.IT})),
    Room(
        "activity",
        "Activity",
        frozenset({Role.IT, Role.PRINCIPAL, Role.SUPERINTENDENT, Role.POLICY_OWNER}),
    ),
    Room(
        "incidents",
        "Incidents",
        frozenset({Role.IT, Role.HR, Role.PRINCIPAL, Role.SUPERINTENDENT, Role.CUSTODIAN}),
    ),
    Room("bypass", "Ways around", frozenset({Role.IT, Role.PRINCIPAL})),
    Room(
        "cases-even",
        "Fairness",
        frozenset({Role.SUPERINTENDENT, Role.BOARD, Role.HR, Role.POLICY_OWNER}),
    ),
    Room(
        "charges",
        "Charges",
        frozenset({Role.HR, Role.IT, Role.PRINCIPAL, Role.SUPERINTENDENT}),
    ),
    Room("packs", "Proof", frozenset({Role.POLICY_OWNER, Role.CUSTODIAN, Role.SUPERINTENDENT})),
    Room("devices", "Devices", frozenset({Role.IT})),
    Room("openings", "Openings", frozenset({Role.IT, Role.DIRECTOR, Role.SUPERINTENDENT})),
    Room("rehearsal", "Rehearse", frozenset({Role.IT, Role.POLICY_OWNER})),
    Room("filter-test", "Test a rule", STAFF),
    Room(
        "purposes",
        "Purposes",
        frozenset({Role.HR, Role.IT, Role.PRINCIPAL, Role.SUPERINTENDENT, Role.CUSTODIAN}),
    ),
)
ACCOUNT = (
    Room("gave-away", "I think I gave away my password"),
    Room("me", "What Hornbook knows about me"),
    Room("my-cases", "Notices to me"),
    Room("activity-mine", "What I asked", frozenset(Role)),
    Room("account_change_password", "Change my password"),
    Room("mfa_index", "Second step at sign-in"),
    Room("where-signed-in", "Where I am signed in"),
)
SHEETS = (
    Room("report", "Tell us what happened"),
    Room("report-check", "Check a report"),
    Room("help", "Help"),
    Room("accessibility", "Accessibility"),
    Room("privacy", "Privacy and monitoring"),
    Room("status", "Is it up?"),
    Room("numbers", "Public numbers"),
    Room("verify", "Check a signature"),
    Room("ledger", "Check the ledger"),
    Room("copyright", "Copyright"),
)


def links(rooms: tuple[Room, ...], roles: frozenset[str], path: str) -> list[Link]:
    """The rooms that these roles open and that exist, with the one we are in marked."""
    open_rooms = [room for room in rooms if room.roles is None or room.roles & roles]
    found = [(room, address) for room in open_rooms if (address := address_of(room.name))]
    here = max((address for room, address in found if _is_in(room, path)), key=len, default=None)
    return [Link(address, room.label, address == here) for room, address in found]


def folded(rooms: list[Link]) -> tuple[list[Link], list[Link]]:
    """What the menu of a wide screen shows, and what it folds away; one line holds so much."""
    if len(rooms) <= ONE_LINE:
        return rooms, []
    return rooms[: ONE_LINE - 1], rooms[ONE_LINE - 1 :]


def _is_in(room: Room, path: str) -> bool:
    names = [room.name, room.also] if room.also else [room.name]
    return any(_contains(address, path) for name in names if (address := address_of(name)))


def _contains(address: str, path: str) -> bool:
    return path == address or (address != "/" and path.startswith(address))


def address_of(name: str) -> str | None:
    """The address of that url name; None where nobody has built it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
