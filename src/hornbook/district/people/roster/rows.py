"""What a roster says, as plain rows, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from hornbook.instance import InstanceError


class RosterError(InstanceError):
    """The whole roster cannot be used; the message names the place and the remedy."""


class Refused(Exception):
    """One row cannot be used: why, and what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Mode(StrEnum):
    """What the manifest says of a file (OneRoster 1.1 CSV tables, 3.3)."""

    BULK = "bulk"
    DELTA = "delta"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Refusal:
    file: str
    line: int
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}. {self.remedy}"


@dataclass(slots=True)
class Findings:
    """What a reader has to say besides the rows: rows read, rows refused, and remarks."""

    rows: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def notice(self, text: str) -> None:
        """Remark on something, once however often it is met."""
        if text not in self.notices:
            self.notices.append(text)


@dataclass(frozen=True)
class Known:
    """What the district has already: delta files and single files may refer to it.

    ``site_labels`` maps each name, key and sourcedId of a site, lower case, to the site's key.
    """

    sites: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    site_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteRow:
    sourced_id: str
    name: str
    kind: str
    parent: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    sourced_id: str
    given_name: str
    family_name: str
    email: str
    grade: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class RoleRow:
    person: str
    role: str
    site: str
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class ClassRow:
    sourced_id: str
    title: str
    site: str
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    sourced_id: str
    school_class: str
    person: str
    role: str
    primary: bool
    starts_on: date | None
    ends_on: date | None


@dataclass
class Roster:
    """A OneRoster delivery. Every reference is a sourcedId.

    ``modes`` tells bulk, delta or absent for each file; ``gone`` holds, for each file, the
    sourcedIds whose status is ``tobedeleted``; ``ended_roles`` the roles that roles.csv deletes.
    ``doubtful`` holds those whose row was refused: a typing mistake must not end anybody's role.
    """

    name: str
    version: str
    sha256: str
    findings: Findings
    modes: dict[str, Mode]
    sites: list[SiteRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    roles: list[RoleRow] = field(default_factory=list)
    ended_roles: list[RoleRow] = field(default_factory=list)
    classes: list[ClassRow] = field(default_factory=list)
    enrollments: list[EnrollmentRow] = field(default_factory=list)
    births: dict[str, date] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=dict)
    doubtful: dict[str, set[str]] = field(default_factory=dict)

    @property
    def format(self) -> str:
        return f"OneRoster {self.version}"


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person in one role at one site. ``number`` is the employer's own, or empty."""

    line: int
    number: str
    given_name: str
    family_name: str
    email: str
    role: str
    site: str
    starts_on: date | None
    ends_on: date | None


@dataclass
class Staff:
    """A plain CSV of people who are in no student system; ``site`` is a site's key."""

    name: str
    sha256: str
    findings: Findings
    rows: list[StaffRow] = field(default_factory=list)

    format = "staff CSV"
