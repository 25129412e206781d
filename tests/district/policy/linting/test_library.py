"""What the checks read of a real policy, and of a draft of its next revision."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hornbook.district.filtering.models import Action, Rule
from hornbook.district.policy.access import clause_by_key
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.linting.library import library_on, library_with, since_when
from hornbook.district.policy.linting.lint import lint
from hornbook.district.policy.models import LegalBasis
from hornbook.district.policy.plan import plan_import
from hornbook.district.policy.revising.actions import open_draft
from tests.district.policy.conftest import ACTOR, TINY, Import
from tests.district.policy.revising.conftest import BINDS, rewrite
from tests.district.policy.test_real_policy import TABLE

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 25)


def test_words_that_stay_keep_their_day(import_text: Import) -> None:
    import_text()
    import_text(TINY.replace("must log out of", "must lock") + "\nRevised: May 4, 2026\n")
    since = since_when()
    assert since["SEC-1"] == date(2026, 5, 4)
    assert since["PRI-1"] == date(2025, 6, 9)


def test_a_draft_is_read_in_the_place_of_its_policy(import_text: Import) -> None:
    policy = import_text().revision.policy
    other = TINY.replace("Use of Technology", "Volunteers").replace("log out", "sign out")
    import_text(other, policy="volunteers")
    draft = open_draft(actor=ACTOR, policy=policy, why="Records.")
    rewrite(draft, "SEC-1", "Users must know that FOIA makes every file public.")
    now, then = library_on(ON), library_with(draft, BINDS)
    assert [f.clause for f in lint(now).findings if f.check.key == "foia"] == []
    (found,) = [f for f in lint(then).findings if f.check.key == "foia"]
    assert (found.policy, found.clause) == ("tiny", "SEC-1")
    assert len(then.clauses) == len(now.clauses)


def test_rules_are_compared_with_the_force_of_their_clause(import_text: Import) -> None:
    import_text()
    Rule.objects.create(
        order=1,
        key="damage",
        name="Damage",
        action=Action.BLOCK,
        clause=clause_by_key("SEC-3"),
        basis=LegalBasis.LOCAL,
    )
    (found,) = [f for f in lint(library_on(ON)).findings if f.check.key == "harder"]
    assert found.clause == "SEC-3"


@pytest.mark.shared_data
def test_the_real_policy_gets_the_findings_that_a_lawyer_would_make(shared_policy: Path) -> None:
    text = shared_policy / "employee-responsible-use.txt"
    plan = plan_import(text, table=TABLE, policy_key="employee-responsible-use")
    adopt_revision(actor=ACTOR, plan=plan, source="policy.txt")
    report = lint(library_on(ON))
    found = {(finding.check.key, finding.clause) for finding in report.findings}
    assert ("foia", "MON-2") in found
    assert ("links", "CPY-1") in found
    assert ("statute", "CYB-1") in found
    assert ("statute", "PUR-2") in found
    assert ("private-records", "REC-1") in found
    assert ("passive", "OLP-3") in found
    assert ("openly", "") in found
    assert [one.clause for one in report.not_checked if one.check.key == "links"] == ["CPY-2"]
    assert len(found) < 30, "so many that nobody would read them"
