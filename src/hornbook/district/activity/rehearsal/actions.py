"""Every write about rehearsals: asked for, cancelled, asked for again, ended. Each is a leaf."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.activity.models import RehearsalRun
from hornbook.district.activity.rehearsal.draft import Draft
from hornbook.district.activity.rehearsal.rehearse import Rehearsal
from hornbook.district.ledger.actions import SYSTEM, Actor, record
from hornbook.district.people.models import Person
from hornbook.instance import InstanceError

MOST_WAITING = 20


class Refused(InstanceError):
    """The act is not possible; the message says why, for people. Nothing was changed."""


@transaction.atomic
def ask_rehearsal(
    *, actor: Person, draft: Draft, since: datetime, until: datetime, words: str
) -> RehearsalRun:
    """Let the worker try the draft. Raises Refused while too many wait."""
    waiting = RehearsalRun.objects.filter(state=RehearsalRun.State.WAITING)
    if waiting.count() >= MOST_WAITING:
        raise Refused("Many rehearsals wait already. Try again when some of them are done.")
    run = RehearsalRun.objects.create(
        draft=draft.as_dict(), words=words, since=since, until=until, person=actor, by=str(actor)
    )
    _record(run, Actor(str(actor), str(actor.key)), "activity.rehearsal-asked")
    return run


@transaction.atomic
def cancel_rehearsal(run: RehearsalRun, *, actor: Actor) -> None:
    """Stop it at its next step. Raises Refused for what has ended."""
    run = RehearsalRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.is_open:
        raise Refused("It has ended already.")
    _end(run, RehearsalRun.State.CANCELLED)
    _record(run, actor, "activity.rehearsal-cancelled")


@transaction.atomic
def resume_rehearsal(run: RehearsalRun, *, actor: Actor) -> None:
    """Go on with what was cancelled or failed. Raises Refused for what runs or is done."""
    run = RehearsalRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state not in (RehearsalRun.State.CANCELLED, RehearsalRun.State.FAILED):
        raise Refused("Only what was cancelled or could not be done can go on.")
    run.state, run.problem, run.ended_at = RehearsalRun.State.WAITING, "", None
    run.save(update_fields=["state", "problem", "ended_at"])
    _record(run, actor, "activity.rehearsal-resumed")


@transaction.atomic
def finish(run: RehearsalRun, found: Rehearsal) -> bool:
    """Keep the result; False where somebody cancelled it meanwhile."""
    run = RehearsalRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.state != RehearsalRun.State.RUNNING:
        return False
    run.hash, run.step = found.hash, run.steps
    run.result = json.loads(json.dumps(found.as_dict(), default=datetime.isoformat))
    _end(run, RehearsalRun.State.DONE)
    _record(run, SYSTEM, "activity.rehearsed")
    return True


@transaction.atomic
def fail(run: RehearsalRun, problem: str) -> None:
    run = RehearsalRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.is_open:
        run.problem = problem[:300]
        _end(run, RehearsalRun.State.FAILED)
        _record(run, SYSTEM, "activity.rehearsal-failed", problem=run.problem)


def _end(run: RehearsalRun, state: RehearsalRun.State) -> None:
    run.state, run.ended_at, run.doing = state, timezone.now(), ""
    run.save()


def _record(run: RehearsalRun, actor: Actor, verb: str, **more: Any) -> None:
    draft = json.dumps(run.draft, sort_keys=True, separators=(",", ":")).encode()
    window = {"since": run.since.isoformat(), "until": run.until.isoformat()}
    detail = {"draft": hashlib.sha256(draft).hexdigest(), **window, "result": run.hash, **more}
    record(actor=actor, verb=verb, object=str(run), detail=detail)
