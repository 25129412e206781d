"""Writing a draft: by one person, by two at once, and while another one is adopted."""

from __future__ import annotations

import pytest

from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Force, Holder, Policy, Revision
from hornbook.district.policy.revising.actions import (
    DraftRefused,
    SomebodyElse,
    Wording,
    add_clause,
    catch_up,
    edit_clause,
    open_draft,
    propose,
    remove_clause,
    restore_clause,
    settle,
    take_back,
    tidy,
    withdraw,
)
from hornbook.district.policy.revising.adopting import adopt
from hornbook.district.policy.revising.changes import changes_of
from hornbook.district.policy.revising.models import Draft, DraftState
from tests.district.policy.conftest import ACTOR
from tests.district.policy.revising.conftest import BINDS, clause, rewrite, with_evidence

pytestmark = pytest.mark.django_db

OTHER = Actor("Oscar Other")


def test_a_draft_begins_with_the_words_in_force(draft: Draft) -> None:
    assert [one.key for one in draft.clauses.all()] == ["SEC-1", "SEC-2", "SEC-3", "PRI-1"]
    assert changes_of(draft) == []
    assert Leaf.objects.filter(verb="open draft", object="tiny@2").exists()


def test_a_shell_cannot_be_revised(tiny: Policy) -> None:
    Revision.objects.create(policy=tiny, no=3, effective_on=BINDS)
    with pytest.raises(DraftRefused, match="not on file"):
        open_draft(actor=ACTOR, policy=tiny, why="x")


def test_the_force_is_read_from_the_new_words(draft: Draft) -> None:
    saved = rewrite(draft, "SEC-3", "Staff must report damage by the next school day.")
    assert (saved.force, saved.holder, saved.version) == (Force.MUST, Holder.STAFF, 1)
    (change,) = changes_of(draft)
    assert (change.kind, change.step, change.step_words) == (
        "reworded",
        "stronger",
        "Stronger: should → must",
    )


def test_a_person_may_say_otherwise(draft: Draft) -> None:
    words = "Staff must report damage to the office by the next school day."
    saved = rewrite(draft, "SEC-3", words, force=Force.SHALL, holder=Holder.EMPLOYEE)
    assert (saved.force, saved.holder) == (Force.SHALL, Holder.EMPLOYEE)


def test_commas_alone_are_editorial(draft: Draft) -> None:
    rewrite(draft, "PRI-1", "The District will, never, ask for a password.")
    (change,) = changes_of(draft)
    assert change.kind == "editorial"
    assert not change.asks_people


def test_the_second_of_two_editors_is_asked_and_nothing_is_lost(draft: Draft) -> None:
    mine, theirs = clause(draft, "SEC-1"), clause(draft, "SEC-1")
    edit_clause(actor=OTHER, clause=theirs, version=0, wording=Wording("Users must lock up."))
    with pytest.raises(SomebodyElse, match="Oscar Other changed SEC-1") as told:
        edit_clause(actor=ACTOR, clause=mine, version=0, wording=Wording("Users must go."))
    assert told.value.now.official == "Users must lock up."
    edit_clause(
        actor=ACTOR,
        clause=mine,
        version=told.value.now.version,
        wording=Wording("Users must lock up and go."),
    )
    saved = clause(draft, "SEC-1")
    assert (saved.official, saved.version) == ("Users must lock up and go.", 2)
    kept = [(edit.label, edit.official) for edit in saved.edits.all()]
    assert kept[1] == ("Oscar Other", "Users must lock up.")


def test_a_clause_is_taken_out_and_comes_back(draft: Draft) -> None:
    out = remove_clause(actor=ACTOR, clause=clause(draft, "SEC-1"), version=0)
    assert [change.kind for change in changes_of(draft)] == ["removed"]
    with pytest.raises(SomebodyElse):
        restore_clause(actor=ACTOR, clause=out, version=0)
    restore_clause(actor=ACTOR, clause=out, version=1)
    assert changes_of(draft) == []


def test_a_clause_without_words_is_refused(draft: Draft) -> None:
    with pytest.raises(DraftRefused, match="take it out"):
        rewrite(draft, "SEC-1", " \n ")


def test_a_new_clause_has_a_key_that_nobody_used(draft: Draft, tiny: Policy) -> None:
    after = clause(draft, "SEC-1")
    words = Wording("Students must not eat near devices.")
    made = add_clause(actor=ACTOR, draft=draft, after=after, wording=words)
    assert (made.key, made.force, made.holder) == ("SEC-4", Force.MUST_NOT, Holder.STUDENT)
    assert [one.key for one in draft.clauses.all()][:3] == ["SEC-1", "SEC-4", "SEC-2"]
    second = open_draft(actor=ACTOR, policy=tiny, why="Another one.")
    other = add_clause(actor=ACTOR, draft=second, after=clause(second, "SEC-1"), wording=words)
    assert other.key == "SEC-5"
    remove_clause(actor=ACTOR, clause=made, version=1)
    assert changes_of(draft) == []


def test_a_proposed_draft_stands_still(proposed: Draft) -> None:
    with pytest.raises(DraftRefused, match="take it back first"):
        rewrite(proposed, "SEC-1", "Users must lock up.")
    take_back(actor=ACTOR, draft=proposed)
    rewrite(proposed, "SEC-1", "Users must lock up.")
    withdraw(actor=ACTOR, draft=proposed)
    with pytest.raises(DraftRefused, match="withdrawn"):
        rewrite(proposed, "SEC-1", "Users must go.")


def test_a_draft_catches_up_with_what_was_adopted_meanwhile(
    tiny: Policy, proposed: Draft, policy_owner: Person, superintendent: Person
) -> None:
    slow = open_draft(actor=ACTOR, policy=tiny, why="Slower.")
    rewrite(slow, "SEC-3", "Staff should report damage within a week.")
    rewrite(slow, "SEC-1", "Users must lock shared devices.")
    words = Wording("Students must not eat near devices.")
    add_clause(actor=ACTOR, draft=slow, after=clause(slow, "SEC-3"), wording=words)
    adopt(actor=ACTOR, person=superintendent, draft=proposed, effective_on=BINDS, minute_ref="7b")
    assert catch_up(actor=ACTOR, draft=slow) == ["SEC-3"]
    slow.refresh_from_db()
    assert slow.base.no == 3
    assert [one.key for one in slow.clauses.all()] == ["SEC-1", "SEC-2", "SEC-3", "SEC-4", "PRI-1"]
    clashing = clause(slow, "SEC-3")
    assert clashing.clash == "Staff must report damage to the office by the next school day."
    assert clashing.official == "Staff should report damage within a week."
    with pytest.raises(DraftRefused, match="Settle each"):
        propose(actor=ACTOR, person=policy_owner, draft=slow)
    settle(actor=ACTOR, clause=clashing, version=clashing.version)
    with_evidence(slow)
    assert propose(actor=ACTOR, person=policy_owner, draft=slow).state == DraftState.PROPOSED
    assert catch_up(actor=ACTOR, draft=take_back(actor=ACTOR, draft=slow)) == []


def test_typed_words_lose_only_blanks() -> None:
    assert tidy(" One  \r\n\r\n\r\ntwo\t\n") == "One\n\ntwo"
