from __future__ import annotations

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.actions import SeatAt, apply_roster, known, set_seats
from hornbook.district.people.applying.report import ImportReport
from hornbook.district.people.models import (
    Enrollment,
    Person,
    Role,
    RoleAssignment,
    SchoolClass,
    Seat,
    Site,
    User,
)
from hornbook.district.people.roster.files import Delivery
from hornbook.district.people.roster.reading import read_delivery
from hornbook.district.people.roster.rows import RosterError
from tests.district.conftest import MakePerson, Sites
from tests.district.people.deliveries import (
    CLASSES,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USERS_1_1,
    USERS_1_2,
    delivery,
    whole,
)

pytestmark = pytest.mark.django_db

CLERK = Actor("the clerk")
DAY = date(2026, 11, 23)
STAFF = "first_name,last_name,email,role,site,start_date,end_date,id\n"


def bring(
    found: Delivery, *, today: date = DAY, accept_change: bool = False, dry_run: bool = False
) -> ImportReport:
    return apply_roster(
        actor=CLERK,
        roster=read_delivery(found, known()),
        today=today,
        accept_change=accept_change,
        dry_run=dry_run,
    )


def bring_staff(rows: str, *, today: date = DAY) -> ImportReport:
    return bring(Delivery("staff.csv", {"staff.csv": (STAFF + rows).encode()}), today=today)


def person(sourced_id: str) -> Person:
    return Person.objects.get(sourced_id=sourced_id)


def running(someone: Person, on: date = DAY) -> set[tuple[str, str]]:
    return {(a.role, a.site.key) for a in someone.roles.active(on).select_related("site")}


def test_a_first_import_brings_everything_and_leaves_one_leaf_without_names() -> None:
    report = bring(whole())
    assert {noun: tally.added for noun, tally in report.tallies.items()} == {
        "sites": 3,
        "people": 4,
        "roles": 5,
        "classes": 1,
        "enrollments": 2,
        "accounts": 2,
    }
    assert person("p1").birth_date == date(2018, 2, 3)
    assert person("p1").grade == "03"
    assert running(person("t1")) == {
        ("teacher", "plum-elementary-school"),
        ("teacher", "creek-high-school"),
    }
    assert Site.objects.get(sourced_id="s1").parent == Site.objects.get(sourced_id="d")
    leaf = Leaf.objects.get()
    assert (leaf.actor, leaf.verb) == ("the clerk", "import roster")
    assert leaf.detail["sha256"] == whole().sha256
    assert "Tara" not in str(leaf.detail)


def test_the_same_again_changes_nothing() -> None:
    bring(whole())
    before = list(RoleAssignment.objects.order_by("pk").values())
    report = bring(whole(), today=DAY + timedelta(days=40))
    assert report.changes == 0
    assert list(RoleAssignment.objects.order_by("pk").values()) == before


def test_a_dry_run_counts_the_same_and_changes_nothing() -> None:
    report = bring(whole(), dry_run=True)
    assert report.changes == 17
    assert not Person.objects.exists()
    assert not Leaf.objects.exists()


def test_staff_get_an_account_without_a_password_and_students_none() -> None:
    bring(whole())
    user = person("t1").user
    assert user is not None
    assert user.email == "tara@plum.test"
    assert not user.has_usable_password()
    assert person("p1").user is None


def test_a_changed_name_and_address_follow_the_file_and_the_key_stays() -> None:
    bring(whole())
    key = person("t1").key
    bring(whole(users=USERS_1_1.replace("Teach,tara@", "Learn,tara.learn@")))
    assert (person("t1").family_name, person("t1").key) == ("Learn", key)
    assert User.objects.filter(email="tara.learn@plum.test").exists()


def test_who_is_missing_from_a_full_list_becomes_inactive_and_loses_roles_and_account() -> None:
    bring(whole())
    users = "".join(line for line in USERS_1_1.splitlines(True) if not line.startswith("t2,"))
    report = bring(whole(users=users))
    gone = person("t2")
    assert not gone.active
    assert running(gone) == set()
    assert gone.user is not None
    assert not gone.user.is_active
    assert report.tallies["people"].ended == 1
    assert gone.roles.get().ends_on == DAY - timedelta(days=1)
    back = bring(whole(), today=DAY + timedelta(days=5))
    assert person("t2").active
    assert User.objects.get(person=gone).is_active
    assert running(person("t2"), DAY + timedelta(days=5)) == {("teacher", "plum-elementary-school")}
    assert back.tallies["roles"].added == 1


def test_a_typing_mistake_in_a_row_ends_nobodys_role() -> None:
    bring(whole())
    report = bring(whole(users=USERS_1_1.replace("theo@plum.test", "theo at plum")))
    assert len(report.refusals) == 1
    assert person("t2").active
    assert running(person("t2")) == {("teacher", "plum-elementary-school")}


def test_a_role_that_a_full_list_no_longer_names_ends() -> None:
    bring(whole())
    bring(whole(users=USERS_1_1.replace('"s1,s2"', "s1")))
    assert running(person("t1")) == {("teacher", "plum-elementary-school")}
    assert person("t1").active


def test_a_role_given_by_hand_is_not_ended_by_the_student_system() -> None:
    bring(whole())
    tara = person("t1")
    RoleAssignment.objects.create(
        person=tara, role=Role.IT, site=Site.objects.get(sourced_id="d"), starts_on=DAY
    )
    bring(whole())
    assert (Role.IT, "plum-creek-schools") in running(tara)


def test_a_list_that_loses_almost_everybody_is_stopped_until_accepted() -> None:
    bring(whole())
    few = "".join(USERS_1_1.splitlines(True)[:3])
    rest = {"enrollments": ENROLLMENTS.splitlines()[0], "demographics": "sourcedId\n"}
    with pytest.raises(RosterError, match="--accept-change"):
        bring(whole(users=few, **rest))
    assert Person.objects.filter(active=True).count() == 4
    bring(whole(users=few, **rest), accept_change=True)
    assert Person.objects.filter(active=True).count() == 2


def test_too_many_refused_rows_stop_everything() -> None:
    broken = USERS_1_1.replace("teacher", "juggler").replace("student", "juggler")
    with pytest.raises(RosterError, match=r"rows were refused.*\n.*users.csv, line 2"):
        bring(whole(users=broken))
    assert not Site.objects.exists()


def test_an_unforeseen_error_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr("hornbook.district.people.actions.apply_accounts", fail)
    with pytest.raises(RuntimeError):
        bring(whole())
    assert not Site.objects.exists()


def test_a_delta_deletes_one_and_leaves_the_others() -> None:
    bring(whole())
    header = USERS_1_1.splitlines()[0]
    gone = f"{header}\nt2,tobedeleted,2026-11-20,,,,,,,,\n"
    bring(delivery(delta=("users",), users=gone))
    assert not person("t2").active
    assert running(person("t1")) != set()
    assert bring(delivery(delta=("users",), users=gone)).changes == 0


def test_roles_of_1_2_keep_their_dates_and_end_by_delta() -> None:
    bring(delivery("1.2", orgs=ORGS, users=USERS_1_2, roles=ROLES))
    tara = person("t1")
    assert running(tara) == {("principal", "plum-elementary-school")}
    assert running(tara, date(2025, 6, 30)) >= {("teacher", "creek-high-school")}
    header, row, *_ = ROLES.splitlines()
    delta = f"{header}\n{row.replace('r1,,,', 'r1,tobedeleted,2026-11-20,')}\n"
    bring(delivery("1.2", delta=("roles",), roles=delta), accept_change=True)
    assert running(tara) == set()
    assert running(person("p1")) == {("student", "plum-elementary-school")}


def test_classes_and_enrolments_that_are_gone_are_closed_not_deleted() -> None:
    bring(whole())
    header, first, _ = ENROLLMENTS.splitlines()
    bring(whole(enrollments=f"{header}\n{first}\n"))
    assert Enrollment.objects.get(sourced_id="e2").ends_on == DAY - timedelta(days=1)
    assert Enrollment.objects.get(sourced_id="e1").ends_on == date(2027, 6, 1)
    bring(whole(classes=CLASSES.splitlines()[0], enrollments=header))
    assert not SchoolClass.objects.get().active
    assert Enrollment.objects.filter(ends_on__gte=DAY).count() == 0


def test_a_kind_that_the_district_corrected_stays(sites: Sites) -> None:
    bring(whole())
    Site.objects.filter(sourced_id="s2").update(kind="middle")
    assert bring(whole()).changes == 0
    assert Site.objects.get(sourced_id="s2").kind == "middle"


def test_a_full_list_speaks_only_for_its_own_source() -> None:
    apply_roster(actor=CLERK, roster=read_delivery(whole(), known()), today=DAY, source="sample")
    header = USERS_1_1.splitlines()[0]
    other = f"{header}\nz1,,,true,s1,teacher,z,Zoe,Zed,zoe@plum.test,\n"
    bring(delivery(orgs=ORGS, users=other))
    assert Person.objects.filter(active=True).count() == 5
    assert running(person("t2")) == {("teacher", "plum-elementary-school")}


def test_staff_rows_add_people_and_roles_and_end_them(sites: Sites) -> None:
    row = "Vic,Volt,vic@x.test,volunteer,Maple Elementary,2026-08-01,{end},\n"
    bring_staff(row.format(end=""))
    vic = Person.objects.get(email="vic@x.test")
    assert running(vic) == {("volunteer", "maple")}
    assert vic.user is not None
    assert bring_staff(row.format(end="")).changes == 0
    bring_staff(row.format(end="2026-11-01"))
    vic.refresh_from_db()
    assert not vic.active
    assert running(vic) == set()
    assert not User.objects.get(email="vic@x.test").is_active
    assert bring_staff(row.format(end="2026-11-01")).changes == 0
    bring_staff(row.format(end="2027-05-01"))
    vic.refresh_from_db()
    assert vic.active


def test_two_rows_are_two_roles_of_one_person(sites: Sites) -> None:
    bring_staff("Cy,Coach,cy@x.test,coach,birch,,,7\nCy,Coach,cy@x.test,sub,oak,,,7\n")
    assert running(Person.objects.get(sourced_id="staff:7")) == {
        ("coach", "birch"),
        ("substitute", "oak"),
    }


def test_a_teacher_who_coaches_stays_one_person_with_the_names_of_the_student_system() -> None:
    bring(whole())
    bring_staff("T.,Teach,TARA@plum.test,coach,Creek High School,,,\n")
    assert Person.objects.filter(email="tara@plum.test").count() == 1
    assert person("t1").given_name == "Tara"
    assert ("coach", "creek-high-school") in running(person("t1"))
    bring(whole())
    assert ("coach", "creek-high-school") in running(person("t1"))


def test_a_volunteer_who_is_hired_keeps_person_and_record_key(sites: Sites) -> None:
    bring_staff("Tara,Teach,tara@plum.test,volunteer,maple,,,\n")
    key = Person.objects.get(email="tara@plum.test").key
    bring(whole())
    assert person("t1").key == key


def test_a_volunteer_never_becomes_the_child_whose_address_they_use(
    make_person: MakePerson, sites: Sites
) -> None:
    child = make_person("Kim Kid", Role.STUDENT, sites.maple, account=False)
    bring_staff(f"Mum,Kid,{child.email},volunteer,maple,,,\n")
    assert running(child) == {("student", "maple")}
    assert Person.objects.filter(email=child.email).count() == 2


def test_two_adults_with_one_address_are_refused(make_person: MakePerson, sites: Sites) -> None:
    for name in ("Ann One", "Bea Two"):
        someone = make_person(name, Role.COACH, sites.maple, account=False)
        Person.objects.filter(pk=someone.pk).update(email="both@x.test")
    rows = "Ann,One,both@x.test,coach,oak,,,\n"
    others = "".join(f"P{n},X,p{n}@x.test,coach,oak,,,\n" for n in range(5))
    report = bring_staff(rows + others)
    assert "several people" in report.refusals[0].reason
    assert report.tallies["people"].added == 5


def test_seats_are_networks_with_somebody_in_them(owner: Person, sites: Sites) -> None:
    set_seats(actor=CLERK, seats=[SeatAt("127.0.0.4", person=owner)])
    set_seats(actor=CLERK, seats=[SeatAt("127.0.0.4/32", person=owner, site=sites.maple)])
    seat = Seat.objects.get()
    assert (seat.network, seat.site) == ("127.0.0.4/32", sites.maple)
    assert Leaf.objects.filter(verb="set seats").count() == 2
    with pytest.raises(ValueError, match="name a person or a site"):
        set_seats(actor=CLERK, seats=[SeatAt("10.0.0.0/8")])
    with pytest.raises(ValueError, match="does not appear"):
        set_seats(actor=CLERK, seats=[SeatAt("300.1.1.1", person=owner)])


def test_a_big_roster_takes_as_many_statements_as_a_small_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    header = USERS_1_1.splitlines()[0]
    rows = [f"u{n},,,true,s1,teacher,x,Gil,Bert{n},u{n}@x.test," for n in range(500)]
    with django_assert_max_num_queries(60):
        bring(delivery(orgs=ORGS, users="\n".join([header, *rows])))
    assert Person.objects.count() == User.objects.count() == 500
