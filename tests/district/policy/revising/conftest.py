"""A tiny policy under revision, and the two people who put a draft in force."""

from __future__ import annotations

from datetime import date

import pytest

from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.models import EvidenceKind, Policy
from hornbook.district.policy.revising.actions import (
    Wording,
    edit_clause,
    file_evidence,
    open_draft,
    propose,
)
from hornbook.district.policy.revising.models import Draft, DraftClause
from tests.district.policy.conftest import ACTOR, Import

NOTICE, MEETING, BINDS = date(2026, 8, 3), date(2026, 8, 17), date(2026, 9, 1)


@pytest.fixture
def tiny(import_text: Import) -> Policy:
    return import_text().revision.policy


@pytest.fixture
def draft(tiny: Policy) -> Draft:
    return open_draft(actor=ACTOR, policy=tiny, why="Shared devices stayed open.")


def clause(draft: Draft, key: str) -> DraftClause:
    return draft.clauses.select_related("before", "draft").get(key=key)


def rewrite(draft: Draft, key: str, official: str, **said: object) -> DraftClause:
    found = clause(draft, key)
    wording = Wording(official, **said)  # type: ignore[arg-type]
    return edit_clause(actor=ACTOR, clause=found, version=found.version, wording=wording)


def with_evidence(draft: Draft) -> Draft:
    """Told on 3 August, heard on 17 August."""
    for kind, on in ((EvidenceKind.NOTICE, NOTICE), (EvidenceKind.MEETING, MEETING)):
        draft = file_evidence(actor=ACTOR, draft=draft, kind=kind, on=on, words="Web site")
    return draft


@pytest.fixture
def proposed(draft: Draft, policy_owner: Person) -> Draft:
    """The draft makes “should report damage” a must."""
    rewrite(draft, "SEC-3", "Staff must report damage to the office by the next school day.")
    with_evidence(draft)
    return propose(actor=actor_of(policy_owner), person=policy_owner, draft=draft)
