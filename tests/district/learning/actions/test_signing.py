"""From the first page to the evidence, and everything that may come in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from hornbook.district.learning.actions.duties import save_duty
from hornbook.district.learning.actions.signing import (
    halt,
    record_paper,
    refuse,
    sign,
    withdraw,
)
from hornbook.district.learning.actions.sitting import (
    CannotSign,
    WordingChanged,
    answer,
    questions_of,
    say_read,
    sit_down,
)
from hornbook.district.learning.models import (
    AssignmentState,
    Campaign,
    Duty,
    Question,
    Refusal,
    Shown,
    Signature,
    Withdrawal,
)
from hornbook.district.learning.paper import Paper
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.people.permissions import actor_of
from hornbook.district.policy.models import ClauseText, Revision
from tests.district.learning.conftest import (
    NEW_WORDS,
    SENTENCE,
    ask_about,
    assignment_of,
    revise,
    sign_now,
)

A_DAY = timedelta(days=1)
Start = Callable[[Revision], Campaign]
PASSKEY = Signature.Strength.PASSKEY
EVIDENCE = {
    "update": [
        "UPDATE learning_signature SET sentence = 'x'",
        "UPDATE learning_shown SET body = ''",
        "UPDATE learning_withdrawal SET reason = 'x'",
    ],
    "delete": [
        "DELETE FROM learning_signature",
        "DELETE FROM learning_shown",
        "DELETE FROM learning_withdrawal",
    ],
    "truncate": [
        "TRUNCATE learning_signature CASCADE",
        "TRUNCATE learning_shown CASCADE",
        "TRUNCATE learning_withdrawal",
    ],
}


def test_a_signature_is_evidence(campaign: Campaign, owner: Person) -> None:
    signature = sign_now(assignment_of(owner, campaign), PASSKEY)
    signature.refresh_from_db()
    body = bytes(signature.shown.body)
    assert hashlib.sha256(body).hexdigest() == signature.shown_id
    assert SENTENCE in body.decode()
    assert (signature.sentence, signature.lang) == (SENTENCE, "en")
    assert signature.auth_strength == PASSKEY
    leaf = Leaf.objects.get(no=signature.leaf_no)
    assert (leaf.verb, leaf.object, leaf.actor) == ("sign", signature.number, "Olive Owner")
    assert leaf.clause_texts == ["SECURE-1@1"]
    assert leaf.detail["shown_sha256"] == signature.shown_id
    assert leaf.detail["person"] == str(owner.key)
    assert assignment_of(owner, campaign).state == AssignmentState.SIGNED


def test_signing_twice_is_signing_once(campaign: Campaign, owner: Person) -> None:
    row = assignment_of(owner, campaign)
    first = sign_now(row)
    sitting = row.sitting
    again = sign(actor=actor_of(owner), sitting=sitting, sha256=sitting.shown_id, strength=PASSKEY)
    assert again == first
    assert Signature.objects.count() == 1


def test_many_people_share_the_bytes_that_they_were_shown(
    start: Start, first: Revision, owner: Person, colleague: Person
) -> None:
    campaign = start(first)
    for person in (owner, colleague):
        sign_now(assignment_of(person, campaign))
    assert Shown.objects.count() == 1


def test_what_changed_since_the_last_signature_is_shown_first(
    start: Start,
    first: Revision,
    next_words: Callable[[], Revision],
    owner: Person,
    colleague: Person,
) -> None:
    sign_now(assignment_of(owner, start(first)))
    newer = start(next_words())
    mine = Paper.read(sit_down(assignment=assignment_of(owner, newer)).shown.body)
    kinds = [(block.kind, block.key) for block in mine.section("changes")]
    assert kinds == [
        ("first", ""),
        ("change", "BYPASS-1"),
        ("now", "BYPASS-1"),
        ("before", "BYPASS-1"),
    ]
    assert NEW_WORDS in [block.text for block in mine.section("changes")]
    fresh = Paper.read(sit_down(assignment=assignment_of(colleague, newer)).shown.body)
    assert [block.kind for block in fresh.section("changes")] == ["first"]


def test_one_question_is_asked_for_each_changed_duty(
    campaign: Campaign,
    start: Start,
    next_words: Callable[[], Revision],
    owner: Person,
    actor: Actor,
) -> None:
    sign_now(assignment_of(owner, campaign))
    second = next_words()
    texts = {text.clause.key: text for text in ClauseText.objects.filter(revision=second)}
    asked = ask_about(texts["BYPASS-1"], actor)
    ask_about(texts["COPY-1"], actor)
    row = assignment_of(owner, start(second))
    assert questions_of(row) == [asked]
    sitting = sit_down(assignment=row)
    say_read(sitting=sitting, sha256=sitting.shown_id)
    with pytest.raises(CannotSign, match="still open"):
        sign(actor=actor_of(owner), sitting=sitting, sha256=sitting.shown_id, strength=PASSKEY)
    assert answer(sitting=sitting, question=asked, choice=0) is False
    assert answer(sitting=sitting, question=asked, choice=1) is True
    sign(actor=actor_of(owner), sitting=sitting, sha256=sitting.shown_id, strength=PASSKEY)
    counted = Question.objects.get(pk=asked.pk)
    assert (counted.asked, counted.missed) == (1, 1), "first answers count, and nobody's name"


def test_a_question_falls_silent_when_the_words_change(
    policy_in_force: dict[str, ClauseText],
    campaign: Campaign,
    start: Start,
    next_words: Callable[[], Revision],
    owner: Person,
    actor: Actor,
) -> None:
    ask_about(policy_in_force["BYPASS-1"], actor)
    same = ask_about(policy_in_force["COPY-1"], actor)
    assert questions_of(assignment_of(owner, start(next_words()))) == [same]


def test_nothing_is_signed_unread(campaign: Campaign, owner: Person) -> None:
    sitting = sit_down(assignment=assignment_of(owner, campaign))
    with pytest.raises(WordingChanged):
        sign(actor=actor_of(owner), sitting=sitting, sha256=sitting.shown_id, strength=PASSKEY)
    say_read(sitting=sitting, sha256=sitting.shown_id)
    with pytest.raises(WordingChanged):
        sign(actor=actor_of(owner), sitting=sitting, sha256="0" * 64, strength=PASSKEY)
    assert not Signature.objects.exists()


def test_a_revision_that_comes_into_force_half_way_stops_the_signature_and_keeps_the_answers(
    policy_in_force: dict[str, ClauseText],
    start: Start,
    first: Revision,
    owner: Person,
    actor: Actor,
    today: date,
) -> None:
    kept = ask_about(policy_in_force["COPY-1"], actor)
    gone = ask_about(policy_in_force["BYPASS-1"], actor)
    row = assignment_of(owner, start(first))
    sitting = sit_down(assignment=row)
    say_read(sitting=sitting, sha256=sitting.shown_id)
    for question in (kept, gone):
        answer(sitting=sitting, question=question, choice=1)
    newer = revise(first, today, {"BYPASS-1": NEW_WORDS})
    with pytest.raises(CannotSign, match="no longer in force"):
        sign(actor=actor_of(owner), sitting=sitting, sha256=sitting.shown_id, strength=PASSKEY)
    assert not Signature.objects.exists()
    stopped = halt(row, today)
    assert stopped is not None
    assert stopped.newer == newer
    again = assignment_of(owner, start(newer))
    sitting = sit_down(assignment=again)
    assert sitting.read_at is None
    assert kept.pk in sitting.answered
    assert questions_of(again) == [kept]
    signature = sign_now(again)
    assert signature.revision == newer


def test_a_revision_for_next_month_lets_people_finish(
    campaign: Campaign, first: Revision, owner: Person, today: date
) -> None:
    row = assignment_of(owner, campaign)
    sitting = sit_down(assignment=row)
    revise(first, today + 30 * A_DAY, {"BYPASS-1": NEW_WORDS})
    assert sign_now(row).revision == first
    assert sitting.shown_id == Signature.objects.get().shown_id


def test_a_sentence_that_is_changed_half_way_is_read_again(
    campaign: Campaign, duty: Duty, owner: Person, actor: Actor
) -> None:
    row = assignment_of(owner, campaign)
    sitting = sit_down(assignment=row)
    read = sitting.shown_id
    say_read(sitting=sitting, sha256=read)
    text = duty.clause.texts.get()
    save_duty(
        actor=actor, key=duty.key, text=text, audience=duty.audience, sentence="I agree to more."
    )
    with pytest.raises(WordingChanged):
        sign(actor=actor_of(owner), sitting=sitting, sha256=read, strength=PASSKEY)
    assert sign_now(row).sentence == "I agree to more."


def test_a_no_is_written_down_and_may_become_a_yes(campaign: Campaign, owner: Person) -> None:
    row = assignment_of(owner, campaign)
    refuse(actor=actor_of(owner), assignment=row, words="I want to talk to the union first.")
    assert assignment_of(owner, campaign).state == AssignmentState.REFUSED
    with pytest.raises(CannotSign):
        refuse(actor=actor_of(owner), assignment=row, words="")
    assert sign_now(row).revision == campaign.revision
    assert Refusal.objects.count() == 1


def test_paper_has_a_day_a_witness_and_a_note(
    campaign: Campaign, owner: Person, hr: Person, today: date
) -> None:
    row, actor = assignment_of(owner, campaign), actor_of(hr)
    paper, behalf = Signature.Method.PAPER, Signature.Method.BEHALF
    bad = [
        (paper, today + A_DAY, "w", "n", "only have been signed"),
        (paper, today - A_DAY, "w", "n", "only have been signed"),
        (paper, today, " ", "", "Name who saw"),
        (behalf, today, "", " ", "Say who signed"),
    ]
    for method, day, witness, note, words in bad:
        with pytest.raises(CannotSign, match=words):
            record_paper(
                actor=actor,
                assignment=row,
                signed_on=day,
                method=method,
                note=note,
                witness=witness,
            )
    signature = record_paper(
        actor=actor,
        assignment=row,
        signed_on=today,
        method=paper,
        note="No computer at the bus depot",
        witness="Wanda Witness",
        scan_sha256="c" * 64,
    )
    assert signature.auth_strength == Signature.Strength.WITNESS
    assert signature.recorded_by == "Hanna Hires"
    assert timezone.localdate(signature.signed_at) == today
    assert signature.witness == "Wanda Witness"
    leaf = Leaf.objects.get(no=signature.leaf_no)
    assert "Wanda" not in str(leaf.detail), "a name is sealed, so that it can be destroyed"
    assert set(leaf.detail["sealed"]) == {"note", "witness"}


def test_a_signature_that_is_withdrawn_is_asked_for_again(
    campaign: Campaign, owner: Person, hr: Person
) -> None:
    row = assignment_of(owner, campaign)
    signature = sign_now(row)
    with pytest.raises(CannotSign, match="Say why"):
        withdraw(actor=actor_of(hr), signature=signature, reason=" ")
    withdraw(actor=actor_of(hr), signature=signature, reason="Signed by somebody else")
    assert assignment_of(owner, campaign).state == AssignmentState.OPEN
    with pytest.raises(CannotSign, match="already"):
        withdraw(actor=actor_of(hr), signature=signature, reason="again")
    assert sign_now(row) != signature
    assert Withdrawal.objects.get().signature == signature


def test_a_duty_that_repeats_gives_signatures_an_end(
    policy_in_force: dict[str, ClauseText], start: Start, first: Revision, duty: Duty, owner: Person
) -> None:
    Duty.objects.filter(pk=duty.pk).update(repeats_months=12)
    duty.refresh_from_db()
    signature = sign_now(assignment_of(owner, start(first)))
    signed = timezone.localdate(signature.signed_at)
    assert signature.valid_to is not None
    assert 364 <= (signature.valid_to - signed).days <= 366


@pytest.mark.parametrize("what", ["update", "delete", "truncate"])
def test_the_database_keeps_evidence(
    campaign: Campaign, owner: Person, colleague: Person, hr: Person, what: str
) -> None:
    signature = sign_now(assignment_of(owner, campaign))
    withdraw(actor=actor_of(hr), signature=signature, reason="A test")
    for words in EVIDENCE[what]:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(words)
