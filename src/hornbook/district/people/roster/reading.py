"""One door for every roster: look at what it is, then read it."""

from __future__ import annotations

from pathlib import Path

from hornbook.district.people.roster.files import Delivery, open_delivery
from hornbook.district.people.roster.oneroster import MANIFEST, read_oneroster
from hornbook.district.people.roster.rows import Known, Roster, RosterError, Staff
from hornbook.district.people.roster.staff import read_staff

ROSTER_TABLES = {"users.csv", "orgs.csv", "classes.csv", "enrollments.csv"}


def read_roster(path: Path, known: Known) -> Roster | Staff:
    """Read a OneRoster folder or zip, or a staff CSV, whichever is at ``path``.

    Raises RosterError when the whole of it cannot be used; single bad rows are in
    ``.findings.refusals`` of the answer.
    """
    return read_delivery(open_delivery(path), known)


def read_delivery(delivery: Delivery, known: Known) -> Roster | Staff:
    """The same for files that are in memory already."""
    if MANIFEST in delivery.files:
        return read_oneroster(delivery, known)
    if ROSTER_TABLES & set(delivery.files):
        raise RosterError(
            f"{delivery.name} holds {', '.join(sorted(ROSTER_TABLES & set(delivery.files)))} but "
            f"no {MANIFEST}, which tells a full export from a part. Export with the manifest."
        )
    if len(delivery.files) > 1:
        raise RosterError(
            f"{delivery.name} holds several CSV files ({', '.join(sorted(delivery.files))}) and "
            f"no {MANIFEST}. Name one staff CSV, or a OneRoster export."
        )
    return read_staff(delivery, known)
