"""Clauses change places within their list; the difference, the adoption and the pages show it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.revising.actions import (
    DraftRefused,
    SomebodyElse,
    catch_up,
    move_clause,
    open_draft,
    propose,
)
from hornbook.district.policy.revising.adopting import adopt
from hornbook.district.policy.revising.changes import changes_of
from hornbook.district.policy.revising.models import Draft
from hornbook.district.policy.revising.ordering import _longest_rising
from tests.district.policy.conftest import ACTOR, TINY, Import
from tests.district.policy.revising.conftest import BINDS, clause, rewrite, with_evidence

LISTED = TINY.replace(
    "Privacy\n\n",
    "Privacy\n\nUsers must not:\n\n1. read the mail of others.\n\n2. lend their password.\n\n"
    "3. take pictures of others.\n\n",
)


def move(draft: Draft, key: str, *, down: bool = False) -> None:
    found = clause(draft, key)
    move_clause(actor=ACTOR, clause=found, version=found.version, down=down)


def keys(draft: Draft) -> list[str]:
    return list(draft.clauses.values_list("key", flat=True))


@pytest.mark.django_db
def test_a_clause_that_moves_is_one_change_and_asks_nobody_to_sign(draft: Draft) -> None:
    move(draft, "SEC-3")
    move(draft, "SEC-3")
    assert keys(draft) == ["SEC-3", "SEC-1", "SEC-2", "PRI-1"]
    (change,) = changes_of(draft)
    assert (change.clause.key, change.kind) == ("SEC-3", "moved")
    assert change.moved_words == "Moved to the front of its list"
    assert not change.asks_people
    move(draft, "SEC-3", down=True)
    assert changes_of(draft)[0].moved_words == "Moved behind SEC-1"
    move(draft, "SEC-3", down=True)
    assert changes_of(draft) == []


@pytest.mark.django_db
def test_nothing_leaves_its_list_and_nobody_moves_what_another_changed(draft: Draft) -> None:
    with pytest.raises(DraftRefused, match="first of its list"):
        move(draft, "SEC-1")
    with pytest.raises(DraftRefused, match="last of its list"):
        move(draft, "PRI-1", down=True)
    stale = clause(draft, "SEC-2")
    rewrite(draft, "SEC-2", "Everyone may ask for help at any time.")
    with pytest.raises(SomebodyElse):
        move_clause(actor=ACTOR, clause=stale, version=stale.version, down=True)


@pytest.mark.django_db
def test_adopted_the_words_stand_in_the_new_order_and_the_numbers_stay(
    import_text: Import, policy_owner: Person, superintendent: Person
) -> None:
    draft = open_draft(actor=ACTOR, policy=import_text(LISTED).revision.policy, why="Order")
    move(draft, "PRI-3")
    move(draft, "SEC-1", down=True)
    with_evidence(draft)
    draft = propose(actor=actor_of(policy_owner), person=policy_owner, draft=draft)
    revision = adopt(
        actor=actor_of(superintendent), person=superintendent, draft=draft,
        effective_on=BINDS, minute_ref="7b",
    ).revision  # fmt: skip
    listed = [one["text"] for one in revision.passages if (one["clause"] or "").startswith("PRI-")][
        :3
    ]
    assert listed == [
        "1. read the mail of others.",
        "2. take pictures of others.",
        "3. lend their password.",
    ], listed
    order = list(revision.clause_texts.order_by("order").values_list("clause__key", flat=True))
    assert order[:3] == ["SEC-2", "SEC-1", "SEC-3"]
    assert order == [one["clause"] for one in revision.passages if one["clause"]]


@pytest.mark.django_db
def test_a_draft_that_catches_up_keeps_its_order(import_text: Import, draft: Draft) -> None:
    move(draft, "SEC-3")
    newer = TINY.replace("log out of", "lock") + "\nRevised: August 3, 2026\n"
    import_text(newer)
    assert catch_up(actor=ACTOR, draft=draft) == []
    draft.refresh_from_db()
    assert keys(draft) == ["SEC-1", "SEC-3", "SEC-2", "PRI-1"]
    assert [one.kind for one in changes_of(draft)] == ["moved"]
    assert clause(draft, "SEC-1").official == "Users must lock shared devices."


@pytest.mark.django_db
def test_buttons_move_it_and_the_page_says_where_it_stands(
    draft: Draft, policy_owner: Person, client_for: Callable[[Person | None], Client]
) -> None:
    client = client_for(policy_owner)
    door = f"/revise/{draft.pk}/clauses/SEC-2/move/"
    told = {"do": "up", "version": clause(draft, "SEC-2").version}
    assert client.post(door, told)["Location"].endswith("#row-SEC-2")
    page = client.get(f"/revise/{draft.pk}/").content.decode()
    assert "The same words in another place" in page
    assert 'Move down<span class="visually-hidden"> SEC-2</span>' in page
    assert 'Move up<span class="visually-hidden"> SEC-2</span>' not in page, "it is the first now"
    assert 'hidden"> PRI-1</span></button>' not in page, "alone in its list"


@given(st.permutations(range(7)))
def test_what_did_not_move_still_rises(order: list[int]) -> None:
    kept = sorted(_longest_rising(order))
    rising = [order[place] for place in kept]
    assert rising == sorted(rising)
    longest = max(
        len(run)
        for size in range(8)
        for run in combinations(order, size)
        if list(run) == sorted(run)
    )
    assert len(rising) == longest
