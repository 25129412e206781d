"""A real district's policy, read from beside the project, with its reviewed key table."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.models import ClauseText, Revision
from hornbook.district.policy.plan import Plan, plan_import
from hornbook.district.policy.reading.blocks import squeeze
from tests.district.policy.conftest import ACTOR

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]

TABLE = Path(__file__).parent / "data" / "employee-responsible-use.keys.csv"
FORCES = {
    "M": {"must", "must_not", "shall", "never"},
    "S": {"should", "should_not"},
    "E": {"encouraged", "discouraged"},
    "Y": {"may"},
    "D": {"definition"},
    "P": {"promise"},
}


@pytest.fixture
def text(shared_policy: Path) -> Path:
    return shared_policy / "employee-responsible-use.txt"


@pytest.fixture
def plan(text: Path) -> Plan:
    return plan_import(text, table=TABLE, policy_key="employee-responsible-use")


@pytest.fixture
def reviewed(shared_policy: Path) -> dict[str, str]:
    """Key → force letter, ranges expanded: ``OLP-6/7 … P/Y``, ``PC-1…6 … M``."""
    found: dict[str, str] = {}
    for line in (shared_policy / "clauses.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) < 5 or not re.match(r"[A-Z]+-\d", cells[0]):
            continue
        keys = expand(cells[0])
        letters = [part.strip()[0] for part in cells[3].split("/")]
        if keys == ["SUM-1", "SUM-2", "SUM-3"]:
            letters = ["M", "S", "M"]  # “M/S” for three: the middle one says “is important”
        letters = letters if len(letters) == len(keys) else letters[:1] * len(keys)
        found |= dict(zip(keys, letters, strict=True))
    return found


def expand(cell: str) -> list[str]:
    prefix, numbers = cell.split("-")
    if "…" in numbers:
        first, last = map(int, numbers.split("…"))
        return [f"{prefix}-{n}" for n in range(first, last + 1)]
    return [f"{prefix}-{n}" for n in numbers.split("/")]


def test_every_reviewed_clause_is_there_with_its_force(
    plan: Plan, reviewed: dict[str, str]
) -> None:
    forces = {clause.key: clause.force for clause in plan.draft.clauses}
    assert len(reviewed) == 74
    assert set(forces) == set(reviewed)
    assert {k: f for k, f in forces.items() if f not in FORCES[reviewed[k]]} == {}


def test_nothing_is_lost(plan: Plan, text: Path) -> None:
    original = text.read_text(encoding="utf-8")
    assert squeeze("".join(p.text for p in plan.draft.passages)) == squeeze(original)
    clauses = squeeze("".join(p.text for p in plan.draft.passages if p.kind == "clause"))
    others = [p.text for p in plan.draft.passages if p.kind != "clause"]
    assert len(clauses) + len(squeeze("".join(others))) == len(squeeze(original))


def test_every_clause_is_explained_in_short_sentences(plan: Plan) -> None:
    for clause in plan.draft.clauses:
        assert clause.plain, clause.key
        longest = max(len(s.split()) for s in re.split(r"[.?!:]\s", clause.plain))
        assert longest <= 22, (clause.key, clause.plain)


def test_dates_become_shells_and_the_newest_carries_the_text(plan: Plan) -> None:
    adopt_revision(actor=ACTOR, plan=plan, source="policy.txt")
    revisions = list(Revision.objects.order_by("no"))
    assert [(r.no, r.effective_on, r.is_shell) for r in revisions] == [
        (1, date(1999, 4, 19), True),
        (2, date(2017, 9, 18), True),
        (3, date(2020, 1, 13), True),
        (4, date(2020, 10, 12), False),
    ]
    assert revisions[1].readings == [
        {"kind": "revised", "on": "2017-08-14"},
        {"kind": "revised", "on": "2017-09-18"},
    ]
    assert ClauseText.objects.in_force(date(2020, 10, 12)).count() == 74
    assert not ClauseText.objects.in_force(date(2020, 10, 11)).exists()


def test_leads_and_force_of_listed_duties(plan: Plan) -> None:
    by_key = {clause.key: clause for clause in plan.draft.clauses}
    assert by_key["SEC-3"].lead == "Employees must:"
    assert by_key["SEC-3"].official.startswith("Not try to bypass")
    assert by_key["CRD-3"].force == "promise"
    assert by_key["GEN-1"].lead == ""


def test_without_a_table_the_proposal_loses_nothing_either(text: Path) -> None:
    plan = plan_import(text)
    clauses = plan.draft.clauses
    assert 60 <= len(clauses) <= 90
    assert len({clause.key for clause in clauses}) == len(clauses)
    proposed = {clause.official: clause.force for clause in clauses}
    listed = plan_import(text, table=TABLE).draft.clauses
    same = [clause for clause in listed if clause.official in proposed]
    agree = [clause for clause in same if proposed[clause.official] == clause.force]
    assert len(same) >= 50
    assert len(agree) / len(same) >= 0.85
