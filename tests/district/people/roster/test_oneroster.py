from __future__ import annotations

from datetime import date

import pytest

from hornbook.district.people.models import Role, SiteKind
from hornbook.district.people.roster import spec
from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.people.roster.rows import Known, Mode, Roster, RosterError
from tests.district.people.deliveries import (
    CLASSES,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USERS_1_1,
    USERS_1_2,
    WHOLE,
    delivery,
    whole,
)

NOTHING = Known()


def read(found: Delivery, known: Known = NOTHING) -> Roster:
    roster = read_delivery(found, known)
    assert isinstance(roster, Roster)
    return roster


def test_every_role_we_map_to_is_one_of_ours() -> None:
    assert set(Role.values) == spec.OWN_ROLES
    assert set(spec.ROLES.values()) <= spec.OWN_ROLES


def test_a_whole_1_1_delivery_is_read_without_complaint() -> None:
    roster = read(whole())
    assert roster.findings.refusals == []
    assert roster.findings.notices == []
    assert [site.kind for site in roster.sites] == ["district", "elementary", "high"]
    assert {(r.person, r.role, r.site) for r in roster.roles} >= {
        ("t1", "teacher", "s1"),
        ("t1", "teacher", "s2"),
        ("p1", "student", "s1"),
    }
    assert roster.births == {"p1": date(2018, 2, 3), "p2": date(2010, 11, 30)}
    assert roster.classes[0].starts_on == date(2026, 8, 20)
    assert roster.classes[0].ends_on == date(2027, 6, 1)


def test_1_2_takes_roles_with_their_dates_from_their_own_table() -> None:
    roster = read(delivery("1.2", orgs=ORGS, users=USERS_1_2, roles=ROLES))
    assert roster.findings.refusals == []
    first, second, third = roster.roles
    assert (first.role, first.starts_on, first.ends_on) == ("principal", date(2024, 8, 1), None)
    assert second.ends_on == date(2025, 6, 30)
    assert (third.role, third.starts_on) == ("student", None)


def test_our_own_roles_come_by_the_extension_prefix() -> None:
    roles = ROLES.replace("principal", "ext:coach")
    roster = read(delivery("1.2", orgs=ORGS, users=USERS_1_2, roles=roles))
    assert roster.roles[0].role == "coach"


def test_a_byte_order_mark_windows_line_ends_and_other_capitals_are_no_trouble() -> None:
    orgs = "\ufeff" + ORGS.replace("\n", "\r\n").replace("sourcedId,", "SOURCEDID,", 1)
    assert len(read(whole(orgs=orgs)).sites) == 3


def test_a_quoted_line_break_keeps_later_line_numbers_true() -> None:
    users = USERS_1_1.replace("Tara", '"Ta\nra"').replace(
        "p2,,,true,s2,student", "p2,,,true,s2,juggler"
    )
    roster = read(whole(users=users))
    assert roster.people[0].given_name == "Ta ra"
    refused = roster.findings.refusals[0]
    assert (refused.file, refused.line) == ("users.csv", 6)
    assert "juggler" in refused.reason


def test_unknown_columns_are_named_once_and_known_private_ones_never_read() -> None:
    users = USERS_1_1.replace(",grades", ",grades,shoeSize").replace(",\n", ",,\n")
    users = users.replace(",03\n", ",03,33\n").replace(",10\n", ",10,40\n")
    roster = read(whole(users=users))
    assert roster.findings.refusals == []
    assert roster.findings.notices == ["users.csv: columns not read: shoeSize."]


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("users", "x1,,,true,s9,teacher,x,A,B,a@b.test,", "“s9”, which orgs.csv does not have"),
        ("users", "t1,,,true,s1,teacher,x,A,B,a@b.test,", "stands there twice"),
        ("users", ",,,true,s1,teacher,x,A,B,a@b.test,", "sourcedId is empty"),
        ("users", "x1,,,true,s1,teacher,x,,B,a@b.test,", "givenName is empty"),
        ("users", "x1,,,true,s1,teacher,x,A,B,a at b,", "not an e-mail address"),
        ("users", "x1,,,true,s1,teacher,x,A,B", "it has 9 fields where the header has 11"),
        ("users", f"x1,,,true,s1,teacher,x,{'A' * 101},B,,", "longer than 100 characters"),
        ("users", "x1,,,true,s1,teacher,x,A\0,B,,", "NUL"),
        ("users", "x1,gone,,true,s1,teacher,x,A,B,,", "status “gone” is unknown"),
        ("users", "x1,,,maybe,s1,teacher,x,A,B,,", "enabledUser “maybe” is neither"),
        ("orgs", "s9,,,Moon School,moon,,", "type “moon” is unknown"),
        ("classes", "c9,,,Art,,s9,", "“s9”, which orgs.csv does not have"),
        ("enrollments", "e9,,,c9,s1,p1,student,", "“c9”, which classes.csv does not have"),
        ("enrollments", "e9,,,c1,s1,p9,student,", "“p9”, which users.csv does not have"),
        ("demographics", "p1,,,2018-02-30,", "stands there twice"),
        ("academicSessions", "y9,,,X,term,2027-01-01,2026-01-01", "before it begins"),
        ("academicSessions", "y9,,,X,term,01/02/2027,2026-01-01", "not a date"),
    ],
)
def test_one_bad_row_is_refused_with_place_and_reason_and_the_rest_goes_in(
    table: str, row: str, reason: str
) -> None:
    roster = read(whole(**{table: WHOLE[table] + row + "\n"}))
    (refused,) = roster.findings.refusals
    assert refused.file == f"{table}.csv"
    assert refused.line == WHOLE[table].count("\n") + 1
    assert reason in refused.reason
    assert refused.remedy
    assert len(roster.people) == 4


def test_a_birth_date_in_the_future_is_refused() -> None:
    births = "sourcedId,status,dateLastModified,birthDate\np1,,,2999-01-01\n"
    roster = read(whole(demographics=births))
    assert "future" in roster.findings.refusals[0].reason


def test_a_refused_person_is_remembered_as_doubtful() -> None:
    users = USERS_1_1.replace("Theo,Tutor", "Theo,")
    assert read(whole(users=users)).doubtful["users"] == {"t2"}


def test_a_delta_may_refer_to_what_the_district_has() -> None:
    row = "e9,active,2026-10-01,c7,s1,p7,student,false\n"
    header = ENROLLMENTS.splitlines()[0] + "\n"
    found = delivery(delta=("enrollments",), enrollments=header + row)
    known = Known(people=frozenset({"p7"}), classes=frozenset({"c7"}))
    assert len(read(found, known).enrollments) == 1
    assert len(read(found).findings.refusals) == 1


def test_a_delta_row_without_status_is_refused() -> None:
    header, row, *_ = USERS_1_1.splitlines()
    found = delivery(delta=("users",), orgs=ORGS, users=f"{header}\n{row}\n")
    assert "status is empty" in read(found).findings.refusals[0].reason


def test_deleted_rows_need_only_their_sourced_id() -> None:
    header = USERS_1_1.splitlines()[0]
    found = delivery(delta=("users",), users=f"{header}\nt1,tobedeleted,2026-10-01,,,,,,,,\n")
    roster = read(found)
    assert roster.findings.refusals == []
    assert roster.gone["users"] == {"t1"}


def test_parents_that_run_in_a_circle_are_left_out() -> None:
    orgs = ORGS.replace("district,,", "district,,s1")
    roster = read(whole(orgs=orgs))
    assert "circle" in roster.findings.notices[0]
    assert roster.sites[0].parent == ""


def test_dangling_terms_and_courses_are_remarked_on_not_refused() -> None:
    roster = read(whole(classes=CLASSES.replace("k1", "k9").replace("y2", "y9")))
    assert roster.findings.refusals == []
    assert len(roster.findings.notices) == 2


@pytest.mark.parametrize(
    ("grades", "kind"),
    [("03", "elementary"), ("KG", "elementary"), ("07", "middle"), ("11", "high")],
)
def test_a_school_without_a_level_in_its_name_is_known_by_its_students(
    grades: str, kind: str
) -> None:
    orgs = ORGS.replace("Creek High School", "Creek Academy")
    roster = read(whole(orgs=orgs, users=USERS_1_1.replace(",10\n", f",{grades}\n")))
    assert roster.sites[2].kind == kind
    assert kind in SiteKind.values
    assert "Creek Academy" in roster.findings.notices[0]


def test_an_administrator_gets_no_rights_from_1_1() -> None:
    roster = read(whole(users=USERS_1_1.replace("s1,teacher,tu", "s1,administrator,tu")))
    assert [r.role for r in roster.roles if r.person == "t2"] == ["staff"]
    assert "administrator" in roster.findings.notices[0]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("oneroster.version,2.0", "reads 1.1 and 1.2"),
        ("oneroster.version,1.1\nfile.users,maybe", "bulk, delta or absent"),
        ("oneroster.version,1.1\nfile.users,bulk", "there is no users.csv"),
    ],
)
def test_a_manifest_that_cannot_be_followed_stops_everything(manifest: str, message: str) -> None:
    files = {"manifest.csv": f"propertyName,value\n{manifest}\n".encode()}
    with pytest.raises(RosterError, match=message):
        read(Delivery("x", files))


def test_tables_without_a_manifest_are_not_guessed_at() -> None:
    with pytest.raises(RosterError, match="tells a full export from a part"):
        read(Delivery("x", {"users.csv": USERS_1_1.encode(), "orgs.csv": ORGS.encode()}))


def test_a_file_that_the_manifest_calls_absent_is_left_alone() -> None:
    found = delivery(orgs=ORGS)
    found.files["users.csv"] = USERS_1_1.encode()
    roster = read(found)
    assert roster.modes["users"] is Mode.ABSENT
    assert roster.people == []
    assert "absent" in roster.findings.notices[0]


def test_missing_required_columns_are_all_named() -> None:
    with pytest.raises(RosterError, match=r"users.csv lacks the columns givenName, familyName"):
        read(whole(users="sourcedId,role,orgSourcedIds\nt1,teacher,s1\n"))


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    found = whole()
    found.files["users.csv"] = USERS_1_1.replace("Theo", "Th\u00e9o").encode("latin-1")
    with pytest.raises(RosterError, match=r"users.csv, line 3: byte 0xE9 is not UTF-8"):
        read(found)


def test_utf_16_is_recognised() -> None:
    found = whole()
    found.files["users.csv"] = USERS_1_1.encode("utf-16")
    with pytest.raises(RosterError, match="UTF-16"):
        read(found)


def test_a_lone_quotation_mark_is_found() -> None:
    with pytest.raises(RosterError, match=r"users\.csv, line 4: this is not CSV"):
        read(whole(users=USERS_1_1.replace("Pat,", '"Pat"x,')))


def test_formulas_stay_plain_text() -> None:
    roster = read(whole(users=USERS_1_1.replace("Theo", "=1+1")))
    assert roster.people[1].given_name == "=1+1"
