"""The sample district's policy: whole, explained, its keys and words nobody else's."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.models import Clause, Revision
from hornbook.district.policy.plan import Plan, plan_import
from hornbook.district.policy.reading.sentences import split_sentences
from tests.district.policy.conftest import ACTOR, SAMPLE

pytestmark = pytest.mark.django_db

REAL_TABLE = Path(__file__).parent / "data" / "employee-responsible-use.keys.csv"


@pytest.fixture
def plan() -> Plan:
    return plan_import(
        SAMPLE / "policy.md", table=SAMPLE / "policy.keys.csv", policy_key="technology"
    )


def test_it_has_enough_clauses_each_with_a_plain_line(plan: Plan) -> None:
    assert len(plan.draft.clauses) >= 45
    assert len({clause.section for clause in plan.draft.clauses}) >= 12
    assert [clause.key for clause in plan.draft.clauses if not clause.plain] == []
    assert plan.warnings == ()


@pytest.mark.parametrize(
    "key",
    ["FILTER-1", "FILTER-2", "BYPASS-1", "SECURE-1", "LEARN-1", "COPY-1", "MONITOR-1", "SUPPORT-1"],
)
def test_the_clauses_that_the_filter_cites_are_there(plan: Plan, key: str) -> None:
    assert key in {clause.key for clause in plan.draft.clauses}


def test_its_dates_make_two_shells_and_one_text(plan: Plan) -> None:
    adopt_revision(actor=ACTOR, plan=plan, source="policy.md")
    assert [(r.effective_on, r.is_shell) for r in Revision.objects.order_by("no")] == [
        (date(2013, 5, 13), True),
        (date(2017, 8, 14), True),
        (date(2025, 6, 9), False),
    ]


def test_its_keys_are_nobody_elses(plan: Plan) -> None:
    with REAL_TABLE.open(encoding="utf-8") as file:
        real = {row["key"] for row in csv.DictReader(file)}
    adopt_revision(actor=ACTOR, plan=plan, source="policy.md")
    assert not Clause.objects.filter(key__in=real).exists()


def words(path: Path) -> set[str]:
    sentences = (s for line in path.read_text().splitlines() for s in split_sentences(line))
    return {re.sub(r"\W+", " ", s).strip().lower() for s in sentences if len(s.split()) > 3}


@pytest.mark.shared_data
def test_it_borrows_no_sentence_from_the_real_policy(shared_policy: Path) -> None:
    real = words(shared_policy / "employee-responsible-use.txt")
    assert words(SAMPLE / "policy.md") & real == set()
