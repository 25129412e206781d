"""The plain CSV of coaches, volunteers, substitutes, board: whoever is in no student system.

The header is recognised by synonyms, in any order and with any capitals. One row is one
person in one role at one site; a person with two roles has two rows. Rows only add or end
roles: who is missing from the file stays as they were, since every department keeps its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.rows import (
    Findings,
    Known,
    Refused,
    RosterError,
    Staff,
    StaffRow,
)
from hornbook.district.people.roster.spec import OWN_ROLES
from hornbook.district.people.roster.tables import (
    Fields,
    Table,
    bounded,
    decode,
    in_order,
    need,
    parse_rows,
    read_table,
    to_date,
    to_email,
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "first_name": ("first name", "given name", "firstname", "givenname", "first", "forename"),
    "last_name": ("last name", "family name", "lastname", "familyname", "last", "surname"),
    "email": ("e-mail", "e-mail address", "email address", "mail", "work email", "work e-mail"),
    "role": ("position", "job", "title", "job title", "type", "category"),
    "site": ("school", "building", "location", "school name", "work site", "org"),
    "start_date": (
        "start",
        "starts on",
        "begin date",
        "begindate",
        "hire date",
        "startdate",
        "from",
    ),
    "end_date": ("end", "ends on", "termination date", "enddate", "last day", "until", "to"),
    "id": ("employee id", "employee number", "staff id", "employeeid", "number", "staff number"),
}
REQUIRED = ("first_name", "last_name", "role", "site")

ROLES = {
    "volunteer coach": "coach",
    "head coach": "coach",
    "assistant coach": "coach",
    "sub": "substitute",
    "substitute teacher": "substitute",
    "paraeducator": "aide",
    "paraprofessional": "aide",
    "teacher aide": "aide",
    "human resources": "hr",
    "information technology": "it",
    "it administrator": "it",
    "records custodian": "custodian",
    "policy owner": "policy-owner",
    "board member": "board",
    "school board": "board",
    "other staff": "staff",
    "secretary": "staff",
    "nurse": "staff",
    "counselor": "staff",
}
"""Words that name one of our roles. “Custodian” alone is refused: in a school it is most often
the caretaker, and the records custodian sees a great deal. Nor does “technology” name the IT
administrators, who may change the filter: it is also a subject that is taught."""

STAFF_ROLES = OWN_ROLES - {"student", "guardian"}


def read_staff(delivery: Delivery, known: Known) -> Staff:
    """Read the one CSV of ``delivery``. Raises RosterError naming what the header lacks."""
    ((file, body),) = delivery.files.items()
    table = _table(file, body)
    missing = _missing(table)
    if missing:
        raise RosterError(
            f"{file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}. "
            f"It has: {', '.join(table.columns)}."
        )
    staff = Staff(delivery.name, delivery.sha256, Findings())
    places = _places(table)
    extra = [name for i, name in enumerate(table.columns) if name and i not in places.values()]
    if extra:
        staff.findings.notice(f"{file}: columns not read: {', '.join(extra)}.")
    staff.rows = parse_rows(table, places, _parser(known), staff.findings)
    return staff


def _table(file: str, body: bytes) -> Table:
    """Spreadsheets in some countries separate by semicolons or tabs; the header shows which."""
    header = decode(file, body).split("\n", 1)[0]
    return read_table(file, body, max(",;\t", key=header.count))


def _places(table: Table) -> dict[str, int]:
    by_name = {_plain(name): index for index, name in reversed(list(enumerate(table.columns)))}
    places = {}
    for column, synonyms in COLUMNS.items():
        names = [_plain(column), *synonyms]
        index = next((by_name[name] for name in names if name in by_name), None)
        if index is not None:
            places[column] = index
    return places


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())


def _missing(table: Table) -> Sequence[str]:
    places = _places(table)
    missing = [name for name in REQUIRED if name not in places]
    return missing if "email" in places or "id" in places else [*missing, "email (or id)"]


class _parser:
    def __init__(self, known: Known) -> None:
        self.known = known

    def __call__(self, line: int, fields: Fields) -> StaffRow:
        starts_on = to_date("start_date", fields.get("start_date", ""))
        ends_on = to_date("end_date", fields.get("end_date", ""))
        in_order(starts_on, ends_on)
        email, number = to_email(fields.get("email", "")), fields.get("id", "")
        if not (email or number):
            raise Refused("it has neither e-mail nor id", "Give one, so that we know who it is.")
        return StaffRow(
            line,
            bounded("id", number, 200),
            need(fields, "first_name", 100),
            need(fields, "last_name", 100),
            email,
            _role(need(fields, "role", 60)),
            self._site(need(fields, "site", 255)),
            starts_on,
            ends_on,
        )

    def _site(self, label: str) -> str:
        key = self.known.site_labels.get(label.lower())
        if key is None:
            raise Refused(
                f"site “{label}” is unknown",
                "Write the name, key or sourcedId of a site that was imported before.",
            )
        return key


def _role(label: str) -> str:
    plain = _plain(label)
    role = ROLES.get(plain, plain.replace(" ", "-"))
    if plain == "custodian":
        raise Refused(
            "role “custodian” may mean two things", "Write “records custodian” or “staff”."
        )
    if role not in STAFF_ROLES:
        raise Refused(
            f"role “{label}” is unknown", f"Write one of {', '.join(sorted(STAFF_ROLES))}."
        )
    return role
