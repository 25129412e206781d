"""Everything that can be done in a case: what it is called, its form, and the action behind it.

The actions refuse by themselves; ``who`` and ``stages`` only spare people dead ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hornbook.district.conduct import room_forms as forms
from hornbook.district.conduct.actions import consequences, deciding, evidence, hearing, people
from hornbook.district.conduct.actions.moves import move
from hornbook.district.conduct.actions.people import add_task, let_in, name_subject
from hornbook.district.conduct.models import Appeal, Case, Seat, Stage
from hornbook.district.conduct.process.facts import facts_of
from hornbook.district.conduct.process.statutes import statute_of
from hornbook.district.conduct.process.table import SUBJECT, TABLE, shut
from hornbook.district.people.models import Person

Do = Callable[[Case, Person, dict[str, Any]], object]
LEAD, DECIDER, APPEAL = Seat.Capacity.LEAD, Seat.Capacity.DECIDER, Seat.Capacity.APPEAL
READER = Seat.Capacity.READER
_RUNNING = frozenset(Stage.values) - {Stage.CLOSED}


@dataclass(frozen=True)
class Act:
    """``seats``: the nodes must hear of it. ``main`` acts stand first, as what comes next."""

    key: str
    label: str
    form: type[forms.OfCase]
    do: Do
    who: frozenset[str]
    stages: frozenset[str] = _RUNNING
    seats: bool = False
    main: bool = False


def _call(action: Callable[..., object]) -> Do:
    return lambda case, who, told: action(case, actor=who, **told)


def _closed(told: dict[str, Any]) -> consequences.Closed:
    return consequences.Closed(told.pop("only"), tuple(told.pop("categories")))


def _follow(case: Case, who: Person, told: dict[str, Any]) -> object:
    closed = _closed(told)
    return consequences.begin(case, actor=who, closed=closed, **told)


def _emergency(case: Case, who: Person, told: dict[str, Any]) -> object:
    closed = _closed(told)
    return consequences.emergency(case, actor=who, closed=closed, **told)


def _statute(case: Case, who: Person, told: dict[str, Any]) -> object:
    met = dict.fromkeys(told["met"], True)
    return deciding.find_statute(case, actor=who, met=met, reason=told["reason"])


def _hear(case: Case, who: Person, told: dict[str, Any]) -> object:
    row = deciding.hear_appeal(case, actor=who, **told)
    if row.result != Appeal.Result.UPHELD:
        consequences.lift_all(case, actor=who, why="an appeal took it back")
    return row


def _decide(case: Case, who: Person, told: dict[str, Any]) -> object:
    return deciding.decide(case, actor=who, choice=deciding.Choice(**told))


def _of(*stages: Stage) -> frozenset[str]:
    return frozenset(stage.value for stage in stages)


def _moves() -> list[Act]:
    """The moves of the table that have no form of their own."""
    own = {"notify", "decide", "appeal", "uphold", "remand", "reverse"}
    found = []
    for step in TABLE:
        if step.key in own or SUBJECT in step.who:
            continue
        form = forms.ReasonForm if step.reason else forms.OfCase
        found.append(
            Act(
                f"move-{step.key}",
                step.label,
                form,
                lambda case, who, told, key=step.key: move(case, key, actor=who, **told),  # type: ignore[misc]
                frozenset(step.who),
                _of(step.before),
                main=not step.reason,
            )
        )
    return found


_ALLEGING = _of(Stage.TRIAGE, Stage.NOTICE)
ACTS: dict[str, Act] = {
    act.key: act
    for act in (
        Act("subject", "Say whom it is about", forms.SubjectForm, _call(name_subject),
            frozenset({LEAD}), _ALLEGING, main=True),
        Act("allege", "Allege that a wording was broken", forms.AllegeForm,
            _call(hearing.allege), frozenset({LEAD}), _ALLEGING, main=True),
        Act("notice", "Give notice", forms.NoticeForm, _call(hearing.give_notice),
            frozenset({LEAD}), _of(Stage.NOTICE), main=True),
        Act("answer", "Write down their answer", forms.AnswerForm, _call(hearing.answer),
            frozenset({LEAD}), _of(Stage.ANSWER), main=True),
        Act("find", "Find on an allegation", forms.FindForm, _call(deciding.find),
            frozenset({LEAD, DECIDER}), _of(Stage.FINDING), main=True),
        Act("statute", "Find on the statute", forms.StatuteForm, _statute,
            frozenset({LEAD, DECIDER}), _of(Stage.FINDING), main=True),
        Act("decide", "Decide", forms.DecideForm, _decide, frozenset({DECIDER}),
            _of(Stage.DECISION), main=True),
        Act("follow", "Begin what follows", forms.FollowForm, _follow,
            frozenset({LEAD, DECIDER}), _of(Stage.CONSEQUENCE), seats=True, main=True),
        Act("hear", "Answer the appeal", forms.HearForm, _hear, frozenset({APPEAL}),
            _of(Stage.APPEAL), seats=True, main=True),
        *_moves(),
        Act("emergency", "Restrict access now (danger)", forms.EmergencyForm, _emergency,
            frozenset({LEAD, DECIDER}), seats=True),
        Act("seat", "Let somebody in", forms.SeatForm, _call(let_in), frozenset({LEAD})),
        Act("party", "Add somebody whom it touches", forms.PartyForm,
            _call(people.add_party), frozenset({LEAD})),
        Act("task", "Add a task", forms.TaskForm, _call(add_task),
            frozenset({LEAD, DECIDER, READER})),
        Act("file", "Take a file in as evidence", forms.FileForm, forms.take_in,
            frozenset({LEAD})),
        Act("link", "Link a record", forms.LinkForm, _call(evidence.point_to),
            frozenset({LEAD})),
        Act("hand-over", "Hand the case over", forms.HandOverForm, _call(people.hand_over),
            frozenset({LEAD})),
    )
}  # fmt: skip


def acts_for(case: Case, capacities: frozenset[str]) -> list[tuple[Act, list[str]]]:
    """What somebody who sits there as that can do now, with what still stands before a move."""
    facts = facts_of(case)
    shut_for = {f"move-{step.key}": shut(step, facts) for step in TABLE}
    return [
        (act, shut_for.get(act.key, []))
        for act in ACTS.values()
        if case.stage in act.stages and act.who & capacities and _makes_sense(act, case)
    ]


def _makes_sense(act: Act, case: Case) -> bool:
    if act.key == "subject":
        return case.round == 0
    return act.key != "statute" or bool(statute_of(case.kind, case.conduct_on))
