"""Adoption takes two people, a notice, a meeting and a minute; then the new words bind."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy import access
from hornbook.district.policy.models import ClauseText, EvidenceKind, Policy, Revision
from hornbook.district.policy.reading.blocks import squeeze
from hornbook.district.policy.revising.actions import (
    DraftRefused,
    Wording,
    add_clause,
    file_evidence,
    open_draft,
    propose,
    remove_clause,
)
from hornbook.district.policy.revising.adopting import adopt, hindrances
from hornbook.district.policy.revising.models import Draft, DraftState
from tests.district.conftest import MakePerson, Sites
from tests.district.policy.conftest import ACTOR, TINY, Import
from tests.district.policy.revising.conftest import (
    BINDS,
    MEETING,
    clause,
    rewrite,
    with_evidence,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(make_person: MakePerson, sites: Sites) -> Person:
    return make_person("Bea Board", Role.BOARD, sites.central)


def decide(draft: Draft, person: Person, on: date = BINDS, minute: str = "Item 7b") -> Revision:
    return adopt(
        actor=actor_of(person), person=person, draft=draft, effective_on=on, minute_ref=minute
    ).revision


def test_the_new_words_bind_from_their_day_on(proposed: Draft, superintendent: Person) -> None:
    revision = decide(proposed, superintendent)
    key = access.clause_by_key("SEC-3")
    before, after = (
        access.text_in_force(key, day) for day in (date(2026, 8, 31), date(2026, 9, 1))
    )
    assert before is not None
    assert after is not None
    assert (before.version, before.force) == ("SEC-3@2", "should")
    assert (after.version, after.force) == ("SEC-3@3", "must")
    assert revision.readings == [{"kind": "revised", "on": MEETING.isoformat()}]
    assert revision.minute_ref == "Item 7b"
    assert [piece["kind"] for piece in revision.evidence] == ["notice", "meeting"]
    proposed.refresh_from_db()
    assert (proposed.state, proposed.revision) == (DraftState.ADOPTED, revision)
    leaf = Leaf.objects.get(verb="adopt revision", object="tiny@3")
    assert leaf.actor == "Sue Perintend"
    assert leaf.detail["source"].endswith("proposed by Paul Penman")


def test_the_whole_text_stays_whole(draft: Draft, policy_owner: Person, board: Person) -> None:
    rewrite(draft, "SEC-1", "Users must lock shared devices.")
    remove_clause(actor=ACTOR, clause=clause(draft, "PRI-1"), version=0)
    words = Wording("Staff must not lend their keys.")
    add_clause(actor=ACTOR, draft=draft, after=clause(draft, "SEC-3"), wording=words)
    with_evidence(draft)
    propose(actor=actor_of(policy_owner), person=policy_owner, draft=draft)
    revision = decide(draft, board)
    expected = (
        TINY.replace("log out of shared", "lock shared").replace(
            "Privacy\n\nThe District will never ask for a password.\n", words.official + "\n"
        )
    ) + "Revised: August 17, 2026"
    assert squeeze(revision.text) == squeeze(expected)
    joined = "".join(passage["text"] for passage in revision.passages)
    assert squeeze(joined) == squeeze(revision.text)
    keys = [passage["clause"] for passage in revision.passages if passage["clause"]]
    assert keys == ["SEC-1", "SEC-2", "SEC-3", "SEC-4"]
    gone = access.clause_by_key("PRI-1")
    assert access.text_in_force(gone, BINDS) is None
    assert ClauseText.objects.in_force(BINDS).count() == 4


def test_who_proposed_cannot_adopt(proposed: Draft, policy_owner: Person) -> None:
    with pytest.raises(DraftRefused, match="Another person must adopt it"):
        decide(proposed, policy_owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Draft.objects.filter(pk=proposed.pk).update(adopted_by=policy_owner)


@pytest.mark.parametrize(
    ("on", "minute", "complaint"),
    [
        (BINDS, " ", "Name the minute"),
        (date(2026, 8, 16), "7b", "before the meeting of 17 August 2026"),
        (date(2025, 6, 9), "7b", "before the meeting"),
    ],
)
def test_the_record_must_be_complete(
    proposed: Draft, superintendent: Person, on: date, minute: str, complaint: str
) -> None:
    with pytest.raises(DraftRefused, match=complaint):
        decide(proposed, superintendent, on, minute)
    assert Revision.objects.count() == 2


def test_the_public_is_told_before_the_meeting(draft: Draft, policy_owner: Person) -> None:
    rewrite(draft, "SEC-1", "Users must lock shared devices.")
    assert any("No public notice" in one for one in hindrances(draft, BINDS, "7b"))
    for kind in (EvidenceKind.MEETING, EvidenceKind.NOTICE):
        file_evidence(actor=ACTOR, draft=draft, kind=kind, on=MEETING, words="Web site")
    draft.refresh_from_db()
    (reason,) = hindrances(draft, BINDS, "7b")
    assert "told before the meeting" in reason


def test_a_draft_on_old_words_is_refused(
    proposed: Draft, superintendent: Person, import_text: Import
) -> None:
    import_text(TINY.replace("log out of", "lock") + "\nRevised: May 4, 2026\n")
    with pytest.raises(DraftRefused, match="Another revision was adopted"):
        decide(proposed, superintendent)


def test_a_draft_that_changes_nothing_is_refused(
    tiny: Policy, policy_owner: Person, superintendent: Person
) -> None:
    draft = with_evidence(open_draft(actor=ACTOR, policy=tiny, why="Nothing."))
    propose(actor=ACTOR, person=policy_owner, draft=draft)
    with pytest.raises(DraftRefused, match="changes nothing"):
        decide(draft, superintendent)


def test_importing_the_adopted_text_again_changes_nothing(
    proposed: Draft, superintendent: Person, import_text: Import
) -> None:
    revision = decide(proposed, superintendent)
    assert import_text(revision.text).revision == revision
