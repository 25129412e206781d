from __future__ import annotations

from datetime import date

import pytest

from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.people.roster.rows import Known, RosterError, Staff

KNOWN = Known(site_labels={"maple elementary": "maple", "maple": "maple", "s1": "maple"})
HEADER = "first_name,last_name,email,role,site,start_date,end_date\n"


def read(text: str) -> Staff:
    staff = read_delivery(Delivery("staff.csv", {"staff.csv": text.encode()}), KNOWN)
    assert isinstance(staff, Staff)
    return staff


def test_a_plain_row_is_read() -> None:
    row = read(HEADER + "Cora,Coach,Cora@X.test,coach,Maple Elementary,2026-08-01,\n").rows[0]
    assert (row.given_name, row.email, row.role, row.site) == (
        "Cora",
        "cora@x.test",
        "coach",
        "maple",
    )
    assert row.starts_on == date(2026, 8, 1)


def test_other_words_other_order_semicolons_and_capitals_are_understood() -> None:
    text = "Building;E-Mail;Surname;Given Name;Position;Hobby\nMAPLE;v@x.test;Volt;Vic;Sub;chess\n"
    staff = read(text)
    row = staff.rows[0]
    assert (row.given_name, row.family_name, row.role, row.site) == (
        "Vic",
        "Volt",
        "substitute",
        "maple",
    )
    assert staff.findings.notices == ["staff.csv: columns not read: Hobby."]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,B,a@b.test,coach,Moon,,", "site “Moon” is unknown"),
        ("A,B,a@b.test,wizard,maple,,", "role “wizard” is unknown"),
        ("A,B,a@b.test,student,maple,,", "role “student” is unknown"),
        ("A,B,a@b.test,technology,maple,,", "role “technology” is unknown"),
        ("A,B,a@b.test,custodian,maple,,", "may mean two things"),
        ("A,B,,coach,maple,,", "neither e-mail nor id"),
        ("A,,a@b.test,coach,maple,,", "last_name is empty"),
        ("A,B,a@b.test,coach,maple,1.8.2026,", "not a date"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(row: str, reason: str) -> None:
    staff = read(HEADER + "Cora,Coach,c@x.test,coach,maple,,\n" + row + "\n")
    assert len(staff.rows) == 1
    (refused,) = staff.findings.refusals
    assert (refused.file, refused.line) == ("staff.csv", 3)
    assert reason in refused.reason


def test_a_header_that_lacks_columns_is_explained() -> None:
    with pytest.raises(RosterError, match=r"lacks the columns role, site, email \(or id\)"):
        read("first name,surname\nA,B\n")


def test_an_empty_file_is_explained() -> None:
    with pytest.raises(RosterError, match="is empty"):
        read("")
