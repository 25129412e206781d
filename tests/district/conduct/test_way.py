"""The way of a case: its gates, from any stage, for anybody, in Python and in the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.district.conduct.actions import Refused, consequences, deciding, hearing, moves
from hornbook.district.conduct.actions.deciding import Choice
from hornbook.district.conduct.models import (
    Answer,
    Appeal,
    Case,
    Consequence,
    Decision,
    Finding,
    Notice,
    Seat,
    Stage,
)
from hornbook.district.conduct.models.gates import STEPS
from hornbook.district.conduct.process.table import BY_KEY, TABLE, Facts, may, shut
from hornbook.district.people.models import Person
from hornbook.district.policy.models import ClauseText
from tests.district.conduct import cases
from tests.district.conduct.cases import Room

pytestmark = pytest.mark.django_db

FACTS = st.builds(
    Facts,
    stage=st.sampled_from(Stage.values),
    allegations=st.integers(0, 2),
    newer=st.integers(0, 1),
    missing=st.integers(0, 1),
    upheld=st.integers(0, 1),
    heard=st.sampled_from(["", *Appeal.Result.values]),
    **{f.name: st.booleans() for f in fields(Facts) if f.type == "bool"},
)
LATE = {Stage.FINDING, Stage.DECISION, Stage.CONSEQUENCE, Stage.APPEAL}


def test_the_table_and_the_database_know_the_same_steps() -> None:
    assert {(move.before.value, move.after.value) for move in TABLE} == set(STEPS)


@given(st.lists(FACTS, min_size=1, max_size=30), st.data())
def test_no_walk_along_the_table_skips_a_gate(walk: list[Facts], data: st.DataObject) -> None:
    """Whatever the facts are at each step: a case is late only once it was noticed and heard."""
    stage, noticed, heard, found, decided = Stage.TRIAGE, False, False, False, False
    for facts in walk:
        here = replace(facts, stage=stage)
        open_moves = [m for m in TABLE if m.before == stage and not shut(m, here)]
        if not open_moves:
            continue
        move = data.draw(st.sampled_from(open_moves))
        if move.after == Stage.NOTICE:
            noticed = heard = found = decided = False
        noticed |= here.noticed and move.key == "notify"
        heard |= (here.answered or here.time_over) and move.key == "hear"
        found |= here.missing == 0 and move.key == "find"
        decided |= here.decided and move.key == "decide"
        stage = move.after
        assert stage not in {*LATE, Stage.ANSWER} or noticed
        assert stage not in LATE or heard
        assert stage not in {Stage.DECISION, Stage.CONSEQUENCE, Stage.APPEAL} or found
        assert stage not in {Stage.CONSEQUENCE, Stage.APPEAL} or decided


@given(FACTS)
def test_a_shut_gate_is_shut_for_every_role(facts: Facts) -> None:
    """Gates do not look at roles: what is shut is shut whoever may make the move."""
    for move in TABLE:
        words = shut(move, facts)
        assert bool(words) == any(word in words for word in words)
        everybody = {*Seat.Capacity.values, "subject"}
        assert may(move, everybody)


def _move(key: str) -> Callable[[Room, Person], object]:
    return lambda r, who: moves.move(r.now(), key, actor=who, reason="Because")


ACTS: dict[str, Callable[[Room, Person], object]] = {
    "allege": lambda r, who: hearing.allege(r.now(), actor=who, text=r.text, words="Names"),
    "notice": lambda r, who: hearing.give_notice(r.now(), actor=who),
    "answer": lambda r, who: hearing.answer(r.now(), actor=who, words="No"),
    "find": lambda r, who: (
        deciding.find(
            r.now(),
            actor=who,
            allegation=r.case.allegations.first(),  # type: ignore[arg-type]
            result=Finding.Result.UPHELD,
            reason="Seen",
        )
        if r.case.allegations.exists()
        else None
    ),
    "statute": lambda r, who: deciding.find_statute(
        r.now(), actor=who, met=cases.ELEMENTS, reason="Long"
    ),
    "decide": lambda r, who: deciding.decide(
        r.now(), actor=who, choice=Choice("restriction", "serious", "Hurt")
    ),
    "appeal": lambda r, who: deciding.appeal(r.now(), actor=who, words="Unfair"),
    "hear": lambda r, who: deciding.hear_appeal(
        r.now(), actor=who, result=Appeal.Result.CHANGED, reason="Again"
    ),
    **{key: _move(key) for key in BY_KEY},
}
WHO = ("lead", "decider", "chief", "reader", "subject", "nobody")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(WHO)), max_size=14))
def test_nobody_gets_a_case_past_a_gate(
    room: Room, stranger: Person, acts: list[tuple[str, str]]
) -> None:
    """Any acts by anybody in any order, against the real database."""
    ideal = ["allege", "begin", "notice", "answer", "hear", "find", "statute", "find", "decide"]
    with transaction.atomic():
        for act, who in [*_woven(ideal, acts)]:
            person = stranger if who == "nobody" else getattr(room, who)
            try:
                with transaction.atomic():
                    ACTS[act](room, person)
            except Refused:
                pass
            _holds(room.now())
        transaction.set_rollback(True)


def _woven(ideal: list[str], acts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The ideal way with the drawn acts in between, so that they happen at every stage."""
    woven: list[tuple[str, str]] = []
    for n, act in enumerate(ideal):
        woven += acts[n : n + 2]
        woven.append((act, {"answer": "subject", "decide": "decider"}.get(act, "lead")))
    return woven + acts


def _holds(case: Case) -> None:
    notice = Notice.objects.filter(case=case, round=case.round).exists()
    heard = Answer.objects.filter(case=case, round=case.round).exists()
    decided = Decision.objects.filter(case=case, round=case.round).exists()
    assert case.stage not in {Stage.ANSWER, *LATE} or notice
    assert case.stage not in LATE or heard  # the time to answer cannot be over within a test
    assert case.stage not in {Stage.CONSEQUENCE, Stage.APPEAL} or decided
    assert not Consequence.objects.filter(decision__case=case).exists() or notice


@pytest.mark.parametrize("stage", Stage.values)
def test_the_database_refuses_what_goes_round_the_code(room: Room, stage: str) -> None:
    """From “being read” without a notice, a hand at the database gets nowhere but to “closed”."""
    allowed = {Stage.TRIAGE, Stage.CLOSED}
    closed_at = timezone.now() if stage == Stage.CLOSED else None
    for round_no in (0, 1):
        rows = Case.objects.filter(pk=room.case.pk)
        if stage in allowed:
            continue
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(stage=stage, round=round_no, closed_at=closed_at)


def test_a_wording_of_another_day_cannot_be_alleged(room: Room) -> None:
    with pytest.raises(Refused, match="not in force"):
        hearing.allege(
            room.case, actor=room.lead, text=room.text, words="Names", conduct_on=date(2019, 1, 7)
        )


def test_time_to_answer_cannot_be_shortened(room: Room) -> None:
    hearing.allege(room.case, actor=room.lead, text=room.text, words="Called him names")
    moves.move(room.now(), "begin", actor=room.lead)
    with pytest.raises(Refused, match="at least 5"):
        hearing.give_notice(room.now(), actor=room.lead, school_days=1)
    hearing.give_notice(room.now(), actor=room.lead)
    with pytest.raises(Refused, match="not over"):
        moves.move(room.now(), "hear", actor=room.lead)


def test_without_an_answer_it_goes_on_when_the_time_is_over(room: Room) -> None:
    cases.to_answer(room, ago=cases.LONG_AGO)
    assert moves.move(room.now(), "hear", actor=room.lead).stage == Stage.FINDING


def test_a_new_allegation_needs_a_new_notice(room: Room, clauses: dict[str, ClauseText]) -> None:
    cases.to_finding(room)
    moves.move(room.now(), "widen-found", actor=room.lead, reason="A second chat")
    hearing.allege(room.now(), actor=room.lead, text=clauses["SAFE-1"], words="A video")
    hearing.give_notice(room.now(), actor=room.lead)
    with pytest.raises(Refused, match="not over"):
        moves.move(room.now(), "hear", actor=room.lead)


def test_both_findings_are_needed_and_neither_decides_the_other(room: Room) -> None:
    cases.to_finding(room)
    case = room.now()
    row = case.allegations.get()
    deciding.find(case, actor=room.lead, allegation=row, result="upheld", reason="Seen")
    with pytest.raises(Refused, match="statute"):
        moves.move(room.now(), "find", actor=room.lead)
    found = deciding.find_statute(case, actor=room.lead, met={"conduct": True}, reason="Once")
    assert found.result == Finding.Result.NOT_UPHELD
    assert found.statute == "bullying-2025"
    assert moves.move(room.now(), "find", actor=room.lead).stage == Stage.DECISION


def test_advice_carries_no_discipline_without_a_reason(
    room: Room, clauses: dict[str, ClauseText]
) -> None:
    weak = replace(room, text=clauses["KIND-1"])
    cases.to_decision(weak)
    choice = Choice("warning", "minor", "He stood by.")
    with pytest.raises(Refused, match="only advise"):
        deciding.decide(room.now(), actor=room.decider, choice=choice)
    deciding.decide(
        room.now(), actor=room.decider, choice=replace(choice, advice_why="He was asked twice.")
    )


def test_an_outcome_unlike_five_alike_cases_needs_a_reason(room: Room) -> None:
    for _ in range(5):
        _past(room)
    cases.to_decision(room)
    choice = Choice("record", "serious", "It hurt him.")
    with pytest.raises(Refused, match="5 alike cases"):
        deciding.decide(room.now(), actor=room.decider, choice=choice)
    made = deciding.decide(
        room.now(), actor=room.decider, choice=replace(choice, outside_why="He had been warned.")
    )
    assert made.compared == 5


def _past(room: Room) -> None:
    other = cases.open_room(
        room.lead,
        room.decider,
        room.chief,
        room.reader,
        room.subject,
        room.case.site,
        room.text,
    )
    cases.to_consequence(other, "warning")


def test_an_appeal_goes_to_another_person_who_may_take_it_back(room: Room) -> None:
    cases.to_consequence(room)
    made = consequences.begin(
        room.now(),
        actor=room.lead,
        sort="restriction",
        text=room.text,
        words="School sites only",
        ends_on=timezone.localdate() + timedelta(days=10),
    )
    assert made.restriction is not None
    assert made.restriction.is_running(timezone.now())
    deciding.appeal(room.now(), actor=room.subject, words="I was not there.")
    for person in (room.lead, room.decider):
        with pytest.raises(Refused):
            deciding.hear_appeal(
                room.now(), actor=person, result=Appeal.Result.UPHELD, reason="It stands"
            )
    deciding.hear_appeal(
        room.now(), actor=room.chief, result=Appeal.Result.REVERSED, reason="He was ill that day."
    )
    consequences.lift_all(room.now(), actor=room.chief, why="taken back on appeal")
    assert room.now().stage == Stage.CLOSED
    made.restriction.refresh_from_db()
    assert not made.restriction.is_running(timezone.now())


def test_nobody_decides_twice_after_an_appeal(room: Room) -> None:
    cases.to_consequence(room, "warning")
    deciding.appeal(room.now(), actor=room.subject, words="Too much.")
    deciding.hear_appeal(
        room.now(), actor=room.chief, result=Appeal.Result.CHANGED, reason="Look at it again"
    )
    with pytest.raises(Refused, match="another person decides"):
        deciding.decide(
            room.now(), actor=room.decider, choice=Choice("warning", "serious", "The same")
        )


def test_nothing_heavier_than_the_decision_follows(room: Room) -> None:
    cases.to_consequence(room, "warning")
    with pytest.raises(Refused, match="heavier"):
        consequences.begin(
            room.now(),
            actor=room.lead,
            sort="restriction",
            text=room.text,
            words="Nothing",
            ends_on=timezone.localdate() + timedelta(days=3),
        )


def test_an_emergency_ends_by_itself_and_another_person_reviews_it(room: Room) -> None:
    made = consequences.emergency(
        room.now(),
        actor=room.lead,
        text=room.text,
        reason="He announced more for today.",
        closed=consequences.Closed(only=True),
    )
    assert made.restriction.ends_at is not None
    assert timezone.localdate(made.restriction.ends_at) > made.review_by
    with pytest.raises(Refused, match="Another person"):
        consequences.review(made, actor=room.lead, keep=True, words="Still so")
    consequences.review(made, actor=room.reader, keep=False, words="It is over.")
    made.restriction.refresh_from_db()
    assert not made.restriction.is_running(timezone.now())


def test_what_ended_is_restored_and_said(room: Room) -> None:
    cases.to_consequence(room)
    made = consequences.begin(
        room.now(),
        actor=room.lead,
        sort="restriction",
        text=room.text,
        words="School sites only",
        ends_on=timezone.localdate() + timedelta(days=3),
    )
    assert consequences.restore_ended(timezone.localdate() + timedelta(days=3)) == 0
    assert consequences.restore_ended(timezone.localdate() + timedelta(days=4)) == 1
    made.refresh_from_db()
    assert made.restored_at is not None
