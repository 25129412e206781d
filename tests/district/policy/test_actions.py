"""A policy goes in, is revised, and every wording stays citable."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hornbook.district.ledger.models import Leaf
from hornbook.district.policy.actions import adopt_revision
from hornbook.district.policy.models import Clause, ClauseText, Policy, Revision
from hornbook.district.policy.plan import plan_import
from hornbook.district.policy.reading.blocks import PolicyRefused, squeeze
from tests.district.policy.conftest import ACTOR, TINY, Import

SECOND = (
    TINY.replace("must log out of shared devices", "must log out of all shared devices at once")
    .replace("Everyone may ask for help.", "Everyone may ask for help. Drones must stay outside.")
    .replace("\nStaff should report damage to the office by the next school day.\n", "")
    + "\nRevised: November 9, 2026\n"
)


def wording(on: date) -> dict[str, str]:
    return {text.clause.key: text.official for text in ClauseText.objects.in_force(on)}


def test_the_first_text_brings_revision_shells_clauses_and_a_leaf(import_text: Import) -> None:
    adopted = import_text()
    shell, current = Revision.objects.order_by("no")
    assert (shell.no, shell.is_shell, shell.effective_on) == (1, True, date(2013, 5, 13))
    assert (current.no, current.effective_on, current.source) == (2, date(2025, 6, 9), "tiny.txt")
    assert current.readings == [{"kind": "revised", "on": "2025-06-09"}]
    assert list(wording(date(2025, 6, 9))) == ["SEC-1", "SEC-2", "SEC-3", "PRI-1"]
    leaf = Leaf.objects.get()
    assert (leaf.actor, leaf.verb, leaf.object) == ("Paula Policy", "adopt revision", "tiny@2")
    assert leaf.clause_texts == ["PRI-1@2", "SEC-1@2", "SEC-2@2", "SEC-3@2"]
    assert leaf.detail["text_sha256"] == current.text_sha256
    assert adopted.shells == (1,)


def test_the_same_text_again_changes_nothing_and_leaves_no_leaf(import_text: Import) -> None:
    first, again = import_text(), import_text()
    assert again.revision == first.revision
    assert (Revision.objects.count(), Leaf.objects.count()) == (2, 1)


def test_the_stored_passages_are_the_text(import_text: Import) -> None:
    revision = import_text().revision
    joined = "".join(str(passage["text"]) for passage in revision.passages)
    assert squeeze(joined) == squeeze(TINY) == squeeze(revision.text)


def test_nothing_binds_before_its_day(import_text: Import) -> None:
    import_text()
    assert wording(date(2025, 6, 8)) == {}


def test_a_revision_keeps_keys_closes_old_words_and_ends_what_is_gone(import_text: Import) -> None:
    import_text()
    ClauseText.objects.update(plain="Explained.")
    adopted = import_text(SECOND)
    assert adopted.ended == ("SEC-3",)
    before, after = wording(date(2026, 11, 8)), wording(date(2026, 11, 9))
    assert list(before) == ["SEC-1", "SEC-2", "SEC-3", "PRI-1"]
    assert list(after) == ["SEC-1", "SEC-2", "SEC-4", "PRI-1"]
    assert after["SEC-1"] == "Users must log out of all shared devices at once."
    assert after["SEC-4"] == "Drones must stay outside."
    assert before["PRI-1"] == after["PRI-1"]


def test_a_changed_clause_is_not_yet_explained_and_an_unchanged_one_stays_explained(
    import_text: Import,
) -> None:
    import_text()
    ClauseText.objects.update(plain="Explained.")
    import_text(SECOND)
    plain = {t.version: t.plain for t in ClauseText.objects.all()}
    assert plain["SEC-1@3"] == ""
    assert plain["SEC-2@3"] == "Explained."
    assert plain["SEC-1@2"] == "Explained."


def test_a_number_that_was_used_once_is_never_given_again(import_text: Import) -> None:
    import_text()
    import_text(SECOND)
    third = SECOND.replace("Drones", "Robots and kites").replace("stay outside", "be registered")
    import_text(third + "\nRevised: December 14, 2026\n")
    assert Clause.objects.filter(key="SEC-5").exists()


def test_readings_that_are_stored_already_make_no_second_shell(import_text: Import) -> None:
    import_text()
    import_text(SECOND)
    assert [(r.no, r.is_shell) for r in Revision.objects.order_by("no")] == [
        (1, True),
        (2, False),
        (3, False),
    ]


def test_a_new_title_comes_with_its_revision(import_text: Import) -> None:
    import_text()
    import_text(SECOND.replace("Use of Technology", "Responsible Use"))
    assert Policy.objects.get().title == "Responsible Use"


def test_a_plan_that_somebody_overtook_is_refused_whole(
    import_text: Import, tmp_path: Path
) -> None:
    import_text()
    path = tmp_path / "late.txt"
    path.write_text(SECOND)
    plan = plan_import(path, policy_key="tiny")
    import_text(SECOND)
    with pytest.raises(PolicyRefused, match="changed by somebody else"):
        adopt_revision(actor=ACTOR, plan=plan, source="late.txt")
    assert Leaf.objects.count() == 2
