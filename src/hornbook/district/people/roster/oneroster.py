"""OneRoster 1.1 and 1.2 CSV to a ``Roster``: every row checked, every reference followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import chain
from typing import TypeVar

from hornbook.district.people.roster import spec
from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.kinds import with_kinds
from hornbook.district.people.roster.rows import (
    ClassRow,
    EnrollmentRow,
    Findings,
    Known,
    Mode,
    PersonRow,
    Refused,
    RoleRow,
    Roster,
    RosterError,
    SiteRow,
)
from hornbook.district.people.roster.tables import (
    Fields,
    Table,
    bounded,
    in_order,
    need,
    parse_rows,
    pick,
    read_table,
    to_date,
    to_email,
)

T = TypeVar("T")
VERSIONS = {
    "1.1": "1.1",
    "1.2": "1.2",
    "1.1.0": "1.1",
    "1.2.0": "1.2",
    "v1p1": "1.1",
    "v1p2": "1.2",
}
MANIFEST = "manifest.csv"


def read_oneroster(delivery: Delivery, known: Known) -> Roster:
    """Read all tables of a delivery. Raises RosterError when the delivery itself is broken."""
    version, modes = read_manifest(delivery)
    roster = Roster(delivery.name, version, delivery.sha256, Findings(), modes)
    _Reader(delivery, roster, known).read()
    roster.sites = with_kinds(roster, known)
    return roster


def read_manifest(delivery: Delivery) -> tuple[str, dict[str, Mode]]:
    """The version and each file's mode, from ``propertyName,value`` lines."""
    table = read_table(MANIFEST, delivery.files[MANIFEST])
    places = pick(table, ("propertyName", "value"), ("propertyName", "value"))
    said = {
        fields[places["propertyName"]].strip(): fields[places["value"]].strip()
        for _, fields in table.rows
        if len(fields) == len(table.columns)
    }
    version = said.get("oneroster.version", "")
    if version not in VERSIONS:
        raise RosterError(
            f"{MANIFEST} says oneroster.version “{version}”; Hornbook reads 1.1 and 1.2."
        )
    return VERSIONS[version], {file: _mode(file, said, delivery) for file in spec.USED}


def _mode(file: str, said: dict[str, str], delivery: Delivery) -> Mode:
    value = said.get(f"file.{file}", Mode.ABSENT).lower()
    if value not in set(Mode):
        raise RosterError(
            f"{MANIFEST} says file.{file} is “{value}”; it must be bulk, delta or absent."
        )
    if value != Mode.ABSENT and f"{file}.csv" not in delivery.files:
        raise RosterError(
            f"{MANIFEST} says file.{file} is {value}, but there is no {file}.csv. "
            "Export it again, or write “absent”."
        )
    return Mode(value)


class _Reader:
    """Reads the tables in the order of their references; later tables look up earlier ones."""

    def __init__(self, delivery: Delivery, roster: Roster, known: Known) -> None:
        self.delivery = delivery
        self.roster = roster
        self.findings = roster.findings
        self.known = {"orgs": known.sites, "users": known.people, "classes": known.classes}
        self.ids: dict[str, set[str]] = {file: set() for file in spec.USED}
        self.terms: dict[str, tuple[date | None, date | None]] = {}

    def read(self) -> None:
        roster = self.roster
        roster.sites = drop_cycles(self._table("orgs", self._site), self.findings)
        self._table("academicSessions", self._term)
        self._table("courses", lambda line, fields: None)
        roster.classes = self._table("classes", self._class)
        roster.people = self._table("users", self._person)
        roles = self._table("roles", self._roles_row)
        roster.roles += [role for deleted, role in roles if not deleted]
        roster.ended_roles = [role for deleted, role in roles if deleted]
        roster.enrollments = self._table("enrollments", self._enrollment)
        self._table("demographics", self._birth)

    def _table(self, file: str, parse: Callable[[int, Fields], T]) -> list[T]:
        """The parsed rows of one file, without those that are to be deleted."""
        if self.roster.modes[file] is Mode.ABSENT:
            if f"{file}.csv" in self.delivery.files:
                self.findings.notice(f"{file}.csv is not read: the manifest says it is absent.")
            return []
        table = read_table(f"{file}.csv", self.delivery.files[f"{file}.csv"])
        self._name_unknown_columns(file, table)
        places = pick(table, spec.USED[file], self._required(file))
        checked = self._checked(file, parse)
        found = list(chain.from_iterable(parse_rows(table, places, checked, self.findings)))
        self.roster.doubtful[file] = self._doubtful(table, places)
        return found

    def _doubtful(self, table: Table, places: dict[str, int]) -> set[str]:
        """Whom (in roles.csv) or what the refused rows were about: they are not "absent"."""
        lines = {refusal.line for refusal in self.findings.refusals if refusal.file == table.file}
        column = places["userSourcedId" if table.file == "roles.csv" else "sourcedId"]
        return {
            raw[column].strip() for line, raw in table.rows if line in lines and column < len(raw)
        }

    def _required(self, file: str) -> tuple[str, ...]:
        required = spec.REQUIRED[file]
        if file == "users" and self.roster.version == "1.1":
            required += spec.USERS_1_1
        return required + (spec.BASE[1:] if self.roster.modes[file] is Mode.DELTA else ())

    def _name_unknown_columns(self, file: str, table: Table) -> None:
        known = {name.lower() for name in (*spec.USED[file], *spec.KNOWN[file].split())}
        extra = [name for name in table.columns if name and name.lower() not in known]
        if extra:
            self.findings.notice(f"{file}.csv: columns not read: {', '.join(extra)}.")

    def _checked(
        self, file: str, parse: Callable[[int, Fields], T]
    ) -> Callable[[int, Fields], tuple[T, ...]]:
        """Around every row: its sourcedId is there and met once, and its status is followed."""
        gone = self.roster.gone.setdefault(file, set())
        ids = self.ids[file]

        def check(line: int, fields: Fields) -> tuple[T, ...]:
            key = self._key(file, line, fields)
            if key in ids or key in gone:
                raise Refused(f"sourcedId “{key}” stands there twice", "Keep one of the rows.")
            if self._is_deleted(file, fields) and file != "roles":
                gone.add(key)
                return ()
            row = parse(line, fields)
            ids.add(key)
            return (row,)

        return check

    def _key(self, file: str, line: int, fields: Fields) -> str:
        if file == "roles" and not fields.get("sourcedId"):
            return f"line {line}"
        return need(fields, "sourcedId", 255)

    def _is_deleted(self, file: str, fields: Fields) -> bool:
        """OneRoster: the status is set in delta files, and is empty or active in bulk files."""
        status = fields.get("status", "").lower()
        if status not in {"", "active", "tobedeleted", "inactive"}:
            raise Refused(f"status “{status}” is unknown", "Write active or tobedeleted.")
        if not status and self.roster.modes[file] is Mode.DELTA:
            raise Refused("status is empty in a delta file", "Write active or tobedeleted.")
        return status in {"tobedeleted", "inactive"}

    def _refer(self, file: str, key: str) -> str:
        """A sourcedId that must exist here, or in the district where the file is not bulk."""
        known = self.roster.modes[file] is not Mode.BULK and key in self.known[file]
        if key in self.roster.gone.get(file, ()) or not (known or key in self.ids[file]):
            raise Refused(
                f"it refers to “{key}”, which {file}.csv does not have",
                f"Add it to {file}.csv, or look whether its row there was refused.",
            )
        return key

    # One method a table.

    def _site(self, line: int, fields: Fields) -> SiteRow:
        kind = fields["type"].lower()
        if kind not in spec.SITE_KINDS:
            raise Refused(
                f"type “{fields['type']}” is unknown", f"Write one of {', '.join(spec.SITE_KINDS)}."
            )
        return SiteRow(
            need(fields, "sourcedId", 255),
            need(fields, "name", 200),
            spec.SITE_KINDS[kind],
            fields.get("parentSourcedId", ""),
        )

    def _term(self, line: int, fields: Fields) -> None:
        starts_on = to_date("startDate", fields["startDate"])
        ends_on = to_date("endDate", fields["endDate"])
        in_order(starts_on, ends_on)
        self.terms[fields["sourcedId"]] = (starts_on, ends_on)

    def _class(self, line: int, fields: Fields) -> ClassRow:
        course = fields.get("courseSourcedId", "")
        if (
            course
            and self.roster.modes["courses"] is Mode.BULK
            and course not in self.ids["courses"]
        ):
            self.findings.notice(f"classes.csv, line {line}: its course “{course}” is unknown.")
        starts_on, ends_on = self._span(line, split(fields.get("termSourcedIds", "")))
        return ClassRow(
            fields["sourcedId"],
            need(fields, "title", 200),
            self._refer("orgs", need(fields, "schoolSourcedId", 255)),
            starts_on,
            ends_on,
        )

    def _span(self, line: int, terms: Iterable[str]) -> tuple[date | None, date | None]:
        """From the first day of the first term to the last day of the last one."""
        spans = []
        for term in terms:
            if term in self.terms:
                spans.append(self.terms[term])
            elif self.roster.modes["academicSessions"] is Mode.BULK:
                self.findings.notice(f"classes.csv, line {line}: its term “{term}” is unknown.")
        starts = [start for start, _ in spans if start]
        ends = [end for _, end in spans if end]
        return (min(starts, default=None), max(ends, default=None))

    def _person(self, line: int, fields: Fields) -> PersonRow:
        person = PersonRow(
            fields["sourcedId"],
            need(fields, "givenName", 100),
            need(fields, "familyName", 100),
            to_email(fields.get("email", "")),
            bounded("grades", next(iter(split(fields.get("grades", ""))), ""), 10),
            _enabled(fields.get("enabledUser", "")),
        )
        if self.roster.version == "1.1":
            self.roster.roles += self._roles_of_1_1(person.sourced_id, fields)
        return person

    def _roles_of_1_1(self, person: str, fields: Fields) -> list[RoleRow]:
        orgs = split(need(fields, "orgSourcedIds", 2_000))
        role = self._role(fields)
        return [RoleRow(person, role, self._refer("orgs", org)) for org in dict.fromkeys(orgs)]

    def _role(self, fields: Fields) -> str:
        theirs = need(fields, "role", 60)
        ours = spec.ROLES.get(theirs.lower())
        if theirs.lower().startswith(spec.EXTENSION):
            own = theirs[len(spec.EXTENSION) :].lower()
            ours = own if own in spec.OWN_ROLES else None
        if ours is None:
            raise Refused(
                f"role “{theirs}” is unknown",
                "Use a OneRoster role, or ext: and one of ours (for example ext:coach).",
            )
        if theirs.lower() == "administrator":
            self.findings.notice(
                "The role “administrator” comes in as other staff, because it does not say who "
                "is the principal. Name principals in roles.csv (1.2) or in a staff CSV."
            )
        return ours

    def _roles_row(self, line: int, fields: Fields) -> tuple[bool, RoleRow]:
        deleted = self._is_deleted("roles", fields)
        starts_on = to_date("beginDate", fields.get("beginDate", ""))
        ends_on = to_date("endDate", fields.get("endDate", ""))
        in_order(starts_on, ends_on)
        person = need(fields, "userSourcedId", 255)
        site = need(fields, "orgSourcedId", 255)
        if not deleted:
            self._refer("users", person)
            self._refer("orgs", site)
        return deleted, RoleRow(person, self._role(fields), site, starts_on, ends_on)

    def _enrollment(self, line: int, fields: Fields) -> EnrollmentRow:
        starts_on = to_date("beginDate", fields.get("beginDate", ""))
        ends_on = to_date("endDate", fields.get("endDate", ""))
        in_order(starts_on, ends_on)
        return EnrollmentRow(
            fields["sourcedId"],
            self._refer("classes", need(fields, "classSourcedId", 255)),
            self._refer("users", need(fields, "userSourcedId", 255)),
            self._role(fields),
            fields.get("primary", "").lower() == "true",
            starts_on,
            ends_on,
        )

    def _birth(self, line: int, fields: Fields) -> None:
        person = self._refer("users", fields["sourcedId"])
        born = to_date("birthDate", fields.get("birthDate", ""))
        if born and born > date.today():
            raise Refused(f"birthDate {born} lies in the future", "Correct it at its source.")
        if born:
            self.roster.births[person] = born


def _enabled(value: str) -> bool:
    """``enabledUser``; what is neither yes nor no must not open an account."""
    if value.lower() not in spec.BOOLEANS:
        raise Refused(f"enabledUser “{value}” is neither true nor false", "Write true or false.")
    return spec.BOOLEANS[value.lower()]


def split(value: str) -> list[str]:
    """A OneRoster list: values between commas."""
    return [part.strip() for part in value.split(",") if part.strip()]


def drop_cycles(sites: list[SiteRow], findings: Findings) -> list[SiteRow]:
    """Sites whose chain of parents ends; where it runs in a circle, the parent is left out."""
    parents = {site.sourced_id: site.parent for site in sites}

    def circles(site: SiteRow) -> bool:
        seen = {site.sourced_id}
        at = site.parent
        while at and at in parents:
            if at in seen:
                return True
            seen.add(at)
            at = parents[at]
        return False

    kept = []
    for site in sites:
        if circles(site):
            findings.notice(f"orgs.csv: the parents of “{site.name}” run in a circle; left out.")
            site = SiteRow(site.sourced_id, site.name, site.kind, "")
        kept.append(site)
    return kept
