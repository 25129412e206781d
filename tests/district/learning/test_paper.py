"""The bytes that are signed can be read back, whatever a policy says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.learning.actions.duties import choose_notice
from hornbook.district.learning.models import Duty
from hornbook.district.learning.paper import HEAD, Block, Paper
from hornbook.district.learning.writing import languages, make_paper
from hornbook.district.ledger.actions import Actor
from hornbook.district.policy.models import ClauseText, Revision
from tests.district.conftest import CLAUSES
from tests.district.learning.conftest import NEW_WORDS, SENTENCE, revise

words = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=60)
blocks = st.builds(
    Block, st.sampled_from(["clause", "heading", "now"]), words, st.sampled_from(["", "CRD-3"])
)


@given(st.lists(blocks, min_size=1, max_size=6))
def test_bytes_and_blocks_are_the_same_thing(found: list[Block]) -> None:
    told = tuple(Block(b.kind, b.text.strip(), b.key) for b in found)
    paper = Paper(told)
    assert Paper.read(paper.body).blocks == told
    assert Paper.read(memoryview(paper.body)).sha256 == paper.sha256


def test_what_is_no_paper_is_refused() -> None:
    with pytest.raises(ValueError, match="no signing paper"):
        Paper.read(b"[title] Something")


def test_a_paper_holds_the_whole_policy_the_notice_and_the_sentence(
    duty: Duty, first: Revision, policy_in_force: dict[str, ClauseText], actor: Actor
) -> None:
    choose_notice(actor=actor, clauses=[policy_in_force["MONITOR-1"].clause])
    paper = make_paper(duty, first, since=None, roles=["teacher"])
    text = paper.body.decode()
    assert text.startswith(HEAD)
    for line in (*CLAUSES.values(), SENTENCE, "[monitoring MONITOR-1]", "one line is kept"):
        assert line in text
    assert (paper.sentence, paper.revision_no) == (SENTENCE, 1)
    assert make_paper(duty, first, since=None, roles=["teacher"]).sha256 == paper.sha256


def test_changes_say_whose_they_are(duty: Duty, first: Revision, today: date) -> None:
    ClauseText.objects.filter(clause__key="FILTER-1").update(holder="district", force="promise")
    newer = revise(
        first, today, {"FILTER-1": "The District filters more.", "BYPASS-1": NEW_WORDS}, "COPY-1"
    )
    paper = make_paper(duty, newer, since=first, roles=["teacher"])
    heads = [(b.key, b.text) for b in paper.section("changes") if b.kind == "change"]
    assert heads == [
        ("BYPASS-1", "New words: for you"),
        ("COPY-1", "Taken out: for you"),
        ("FILTER-1", "New words: for others, or what the District explains and promises"),
    ]


def translate(text: ClauseText, official: str) -> None:
    text.pk, text.lang, text.official = None, "es", official
    text._state.adding = True
    text.save()


def test_a_translation_is_offered_once_every_clause_is_translated(
    duty: Duty, first: Revision, policy_in_force: dict[str, ClauseText]
) -> None:
    *most, last = policy_in_force.values()
    for text in most:
        translate(text, f"En español: {text.clause.key}")
    assert languages(first) == ["en"], "nobody signs half a policy"
    translate(last, "El último")
    assert languages(first) == ["en", "es"]
    paper = make_paper(duty, first, since=None, roles=["teacher"], lang="es")
    clauses = [block.text for block in paper.section("policy") if block.kind == "clause"]
    assert clauses[0] == "En español: FILTER-1"
    assert clauses[-1] == "El último"
