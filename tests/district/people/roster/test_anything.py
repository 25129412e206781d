"""Whatever bytes come: a roster or a clear refusal, never a stack trace."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.people.roster.rows import Known, Roster, RosterError
from tests.district.people.deliveries import WHOLE, whole

CELLS = st.text(st.sampled_from('aé0;,"\n\r\t =-@.\0'), max_size=12) | st.sampled_from(
    ["t1", "s1", "s2", "teacher", "student", "2026-02-30", "active", "tobedeleted", "true"]
)


@given(st.binary(max_size=300))
def test_any_octets_as_a_staff_list(body: bytes) -> None:
    with contextlib.suppress(RosterError):
        read_delivery(Delivery("x.csv", {"x.csv": body}), Known())


@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=300))
def test_any_octets_as_a_table(table: str, body: bytes) -> None:
    found = whole()
    found.files[f"{table}.csv"] = body
    with contextlib.suppress(RosterError):
        read_delivery(found, Known())


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.lists(CELLS, max_size=12), max_size=6))
def test_any_rows_are_taken_or_refused_and_none_is_lost(table: str, rows: list[list[str]]) -> None:
    header = WHOLE[table].splitlines()[0]
    lines = [",".join(f'"{cell.replace(chr(34), "")}"' for cell in row) for row in rows]
    roster = read_delivery(whole(**{table: "\n".join([header, *lines])}), Known())
    assert isinstance(roster, Roster)
    refused = [r for r in roster.findings.refusals if r.file == f"{table}.csv"]
    taken = {
        "orgs": len(roster.sites),
        "users": len(roster.people),
        "classes": len(roster.classes),
        "enrollments": len(roster.enrollments),
    }
    told = sum(any(row) for row in rows)
    if table in taken:
        assert taken[table] + len(refused) + len(roster.gone[table]) == told
