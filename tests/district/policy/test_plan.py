"""What an import would do, and every reason why it may not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hornbook.district.policy.models import Revision
from hornbook.district.policy.plan import Plan, plan_import
from hornbook.district.policy.reading.blocks import PolicyRefused
from tests.district.policy.conftest import TINY, Import

pytestmark = pytest.mark.django_db

TABLE = """key,force,holder,starts_with,plain
{0}-1,must,user,Users must,Log out.
{0}-2,should,staff,Staff should,
{0}-3,promise,district,The District will,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "use.txt"
    path.write_text(TINY)
    return path


def keys(plan: Plan) -> list[str]:
    return [clause.key for clause in plan.draft.clauses]


def test_the_key_of_a_policy_comes_from_its_title(file: Path) -> None:
    assert plan_import(file).policy_key == "use-of-technology"


def test_a_policy_is_known_again_by_its_title(file: Path, import_text: Import) -> None:
    import_text()
    assert plan_import(file).policy_key == "tiny"


def test_the_same_text_again_is_unchanged_whatever_its_white_space(
    file: Path, import_text: Import
) -> None:
    first = import_text().revision
    file.write_text(TINY.replace("\n\n", "\n \n\n").replace(" must ", "  must "))
    assert plan_import(file).unchanged == first


def test_the_keys_of_a_stored_text_stay_whatever_a_table_says(
    file: Path, tmp_path: Path, import_text: Import
) -> None:
    import_text()
    table = tmp_path / "other.csv"
    table.write_text(TABLE.format("LOG"))
    plan = plan_import(file, table=table)
    assert plan.unchanged
    assert "the keys of a stored revision stay" in plan.warnings[-1]


def test_proposed_keys_keep_out_of_the_way_of_other_policies(
    file: Path, import_text: Import
) -> None:
    import_text()
    file.write_text(TINY.replace("Use of Technology", "Other Rules").replace("log out", "sign out"))
    assert keys(plan_import(file)) == ["SECU-1", "SECU-2", "SECU-3", "PRIV-1"]


def test_a_table_that_takes_another_policys_key_is_refused_by_name(
    file: Path, tmp_path: Path, import_text: Import
) -> None:
    import_text()
    file.write_text(TINY.replace("Use of Technology", "Other Rules").replace("log out", "sign out"))
    table = tmp_path / "other.csv"
    table.write_text(TABLE.format("SEC"))
    with pytest.raises(PolicyRefused, match=r"\(SEC-1\): the key belongs to the policy “Use of"):
        plan_import(file, table=table)


def test_a_table_without_a_plain_line_keeps_the_one_of_the_same_words(
    file: Path, tmp_path: Path, import_text: Import
) -> None:
    import_text(table=TABLE.format("LOG"))
    revised = TINY.replace("next school day", "same day") + "\nRevised: November 9, 2026\n"
    file.write_text(revised)
    table = tmp_path / "again.csv"
    table.write_text(TABLE.format("LOG").replace("Log out.", ""))
    plain = [clause.plain for clause in plan_import(file, table=table).draft.clauses]
    assert plain == ["Log out.", "", ""]


def test_a_text_that_is_stored_under_another_key_is_refused(
    file: Path, import_text: Import
) -> None:
    import_text()
    with pytest.raises(PolicyRefused, match="Use --policy tiny"):
        plan_import(file, policy_key="another")


def test_a_text_without_a_date_needs_one(file: Path) -> None:
    file.write_text(TINY.split("Adopted")[0])
    with pytest.raises(PolicyRefused, match="--effective YYYY-MM-DD"):
        plan_import(file)
    plan = plan_import(file, effective=date(2026, 8, 1))
    assert (plan.no, plan.effective_on, plan.shells) == (1, date(2026, 8, 1), ())


def test_a_later_effective_day_is_a_revision_of_its_own(file: Path) -> None:
    plan = plan_import(file, effective=date(2026, 8, 1))
    assert (plan.no, plan.effective_on) == (3, date(2026, 8, 1))
    assert [no for no, _ in plan.shells] == [1, 2]


def test_another_text_of_the_same_day_is_refused(file: Path, import_text: Import) -> None:
    import_text()
    file.write_text(TINY.replace("log out", "sign out"))
    with pytest.raises(PolicyRefused, match="stored as revision 2 of 2025-06-09"):
        plan_import(file)


def test_an_older_revision_that_turns_up_later_gets_no_number(
    file: Path, import_text: Import
) -> None:
    import_text()
    file.write_text(
        TINY.replace("log out", "sign out") + "Revised: July 10, 2017\nRevised: November 9, 2026\n"
    )
    plan = plan_import(file)
    assert (plan.no, plan.shells) == (3, ())
    assert "2017-07-10" in plan.warnings[0]


def test_a_date_line_that_nobody_understands_is_told(file: Path) -> None:
    file.write_text(TINY + "\nRevised: Fall 2026\n")
    assert "“Revised: Fall 2026”" in plan_import(file).warnings[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A Poem\n\nRoses are red. Violets are blue.", "does not read as a policy"),
        (TINY.replace("June 9", "June 31"), "“June 31, 2025” is no date"),
    ],
)
def test_a_text_that_is_no_policy_is_refused(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(PolicyRefused, match=words):
        plan_import(file)
    assert not Revision.objects.exists()


@pytest.mark.parametrize("key", ["Big", "a b", "x" * 51])
def test_a_policy_key_that_fits_no_address_is_refused(file: Path, key: str) -> None:
    with pytest.raises(PolicyRefused, match="small letters, digits and hyphens"):
        plan_import(file, policy_key=key)


def test_a_paragraph_that_was_set_as_a_heading_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.md"
    path.write_text(f"# T\n\n## {'Long ' * 60}\n\nUsers must ask.\n\nAdopted: May 13, 2013\n")
    with pytest.raises(PolicyRefused, match="longer than 200"):
        plan_import(path)
