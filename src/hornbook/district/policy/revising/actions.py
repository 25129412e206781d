"""Every write to a draft, up to the moment at which it binds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.models import Person
from hornbook.district.policy.access import texts_of
from hornbook.district.policy.models import (
    Clause,
    ClauseText,
    EvidenceKind,
    Force,
    Holder,
    Policy,
    Revision,
)
from hornbook.district.policy.reading.keys import KeyMaker
from hornbook.district.policy.revising.models import Draft, DraftClause, DraftEdit, DraftState
from hornbook.district.policy.revising.ordering import group_of, moved, seats
from hornbook.district.policy.revising.wording import judged


class DraftRefused(ValueError):
    """It cannot be done; the message says why and what to do."""


class SomebodyElse(DraftRefused):
    """Another person saved the clause since it was opened. ``now`` is what stands there."""

    def __init__(self, now: DraftClause) -> None:
        super().__init__(f"{now.edited_label} changed {now.key} while you were writing")
        self.now = now


@dataclass(frozen=True)
class Wording:
    """What a person typed. No ``force`` or ``holder``: read it from the words."""

    official: str
    plain: str = ""
    force: Force | None = None
    holder: Holder | None = None


@transaction.atomic
def open_draft(*, actor: Actor, policy: Policy, why: str) -> Draft:
    """Begin a draft with the words of the newest revision. Raises DraftRefused for a shell."""
    base = newest_revision(policy)
    if base is None or base.is_shell:
        raise DraftRefused(f"The newest words of “{policy.title}” are not on file. Import them")
    draft = Draft.objects.create(policy=policy, base=base, why=why, opened_label=actor.label)
    DraftClause.objects.bulk_create(_copy(draft, text) for text in texts_of(base))
    detail = {"draft": draft.pk, "why": why}
    record(actor=actor, verb="open draft", object=f"{policy.key}@{base.no}", detail=detail)
    return draft


def newest_revision(policy: Policy) -> Revision | None:
    return policy.revisions.order_by("-no").first()


def _copy(draft: Draft, text: ClauseText) -> DraftClause:
    return DraftClause(
        draft=draft,
        key=text.clause.key,
        before=text,
        order=text.order,
        section=text.section,
        lead=text.lead,
        official=text.official,
        plain=text.plain,
        force=text.force,
        holder=text.holder,
    )


@transaction.atomic
def edit_clause(
    *, actor: Actor, clause: DraftClause, version: int, wording: Wording
) -> DraftClause:
    """Save new words. Raises SomebodyElse when ``version`` is not the one that stands there."""
    found = _locked(clause, version)
    official = tidy(wording.official)
    if not official:
        raise DraftRefused(f"{found.key} has no words. To end the clause, take it out")
    read = judged(found.lead, official)
    found.force = wording.force or read.force or found.force
    found.holder = wording.holder or (read.holder if wording.force is None else "") or found.holder
    found.official, found.plain = official, wording.plain.strip()
    found.removed = False
    return _save(found, actor)


def tidy(text: str) -> str:
    """Typed words as the reading stores them: no trailing blanks, one empty line at most."""
    lines = [line.rstrip() for line in text.strip().replace("\r\n", "\n").split("\n")]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept)


@transaction.atomic
def remove_clause(*, actor: Actor, clause: DraftClause, version: int) -> DraftClause:
    """Take the clause out of the coming revision; its words stay in the draft."""
    found = _locked(clause, version)
    found.removed = True
    return _save(found, actor)


@transaction.atomic
def restore_clause(*, actor: Actor, clause: DraftClause, version: int) -> DraftClause:
    """Back to the words of the base; a new clause that was taken out comes back as it was."""
    found = _locked(clause, version)
    found.removed = False
    if found.before is not None:
        for name in ("official", "plain", "force", "holder"):
            setattr(found, name, getattr(found.before, name))
    return _save(found, actor)


@transaction.atomic
def move_clause(*, actor: Actor, clause: DraftClause, version: int, down: bool) -> DraftClause:
    """One place up or down among the clauses of its list. Raises DraftRefused at either end.

    Whoever changes the order does not change words: the other clause keeps its version.
    """
    found = _locked(clause, version)
    rows = found.draft.clauses.filter(section=found.section, lead=found.lead, removed=False)
    beyond = rows.filter(order__gt=found.order) if down else rows.filter(order__lt=found.order)
    other = beyond.order_by("order" if down else "-order").select_for_update(of=("self",)).first()
    if other is None:
        end = "last" if down else "first"
        raise DraftRefused(f"{found.key} is the {end} of its list already")
    DraftClause.objects.filter(pk=other.pk).update(order=found.order)
    found.order = other.order
    return _save(found, actor, moved="down" if down else "up")


@transaction.atomic
def add_clause(*, actor: Actor, draft: Draft, after: DraftClause, wording: Wording) -> DraftClause:
    """A new clause behind another one, in its section and list, under a key of its own."""
    draft = _open(draft)
    official = tidy(wording.official)
    if not official:
        raise DraftRefused("The new clause has no words")
    read = judged(after.lead, official)
    draft.clauses.filter(order__gt=after.order).update(order=F("order") + 1)
    made = DraftClause.objects.create(
        draft=draft,
        key=next_key(draft, after),
        order=after.order + 1,
        section=after.section,
        lead=after.lead,
        official=official,
        plain=wording.plain.strip(),
        force=wording.force or read.force or Force.DEFINITION,
        holder=wording.holder or read.holder or after.holder,
    )
    return _save(made, actor)


def next_key(draft: Draft, after: DraftClause) -> str:
    """The next free key of the section. Keys of other drafts are taken, too."""
    drafted = DraftClause.objects.exclude(draft__state=DraftState.ADOPTED)
    own = {
        *draft.policy.clauses.values_list("key", flat=True),
        *drafted.filter(draft__policy=draft.policy).values_list("key", flat=True),
    }
    foreign = Clause.objects.exclude(policy=draft.policy).values_list("key", flat=True)
    return KeyMaker(foreign, own, [(after.key, after.section)]).next(after.section)


@transaction.atomic
def file_evidence(*, actor: Actor, draft: Draft, kind: EvidenceKind, on: date, words: str) -> Draft:
    """Write down a notice, hearing or meeting about the draft."""
    found = _unfinished(draft)
    piece = {"kind": kind.value, "on": on.isoformat(), "words": words.strip()}
    found.evidence = sorted([*found.evidence, piece], key=lambda one: str(one["on"]))
    found.save(update_fields=["evidence"])
    record(actor=actor, verb="file evidence", object=f"draft {found.pk}", detail=piece)
    return found


@transaction.atomic
def propose(*, actor: Actor, person: Person, draft: Draft) -> Draft:
    """Close the draft for writing and lay it before those who adopt."""
    found = _open(draft)
    if found.clauses.exclude(clash="").exists():
        raise DraftRefused("Some clauses were revised meanwhile. Settle each of them first")
    found.state = DraftState.PROPOSED
    found.proposed_by, found.proposed_label = person, actor.label
    found.proposed_at = timezone.now()
    found.save(update_fields=["state", "proposed_by", "proposed_label", "proposed_at"])
    _note(actor, "propose draft", found)
    return found


@transaction.atomic
def take_back(*, actor: Actor, draft: Draft) -> Draft:
    """Open a proposed draft for writing again."""
    found = _in_state(draft, DraftState.PROPOSED)
    found.state = DraftState.OPEN
    found.save(update_fields=["state"])
    _note(actor, "take back draft", found)
    return found


@transaction.atomic
def withdraw(*, actor: Actor, draft: Draft) -> Draft:
    """End a draft that nobody will adopt. What was written stays readable."""
    found = _unfinished(draft)
    found.state = DraftState.WITHDRAWN
    found.save(update_fields=["state"])
    _note(actor, "withdraw draft", found)
    return found


def _note(actor: Actor, verb: str, draft: Draft) -> None:
    object = f"{draft.policy.key}@{draft.base.no}"
    record(actor=actor, verb=verb, object=object, detail={"draft": draft.pk})


@transaction.atomic
def catch_up(*, actor: Actor, draft: Draft) -> list[str]:
    """Bring a draft onto the revision that was adopted meanwhile; the keys that clash.

    A clause that the draft left alone takes the new words. One that both changed keeps the
    drafted words, with the adopted ones beside them until somebody settles it.
    """
    found = _open(draft)
    base = newest_revision(found.policy)
    if base is None or base == found.base:
        return []
    texts = {text.clause.key: text for text in texts_of(base)}
    drafted = {clause.key: clause for clause in found.clauses.select_related("before")}
    placed = moved(list(drafted.values()))
    clashes = [key for key, text in texts.items() if _rebase(drafted.get(key), text, found, actor)]
    for key, clause in drafted.items():
        if key not in texts and clause.before is not None:
            _left_behind(clause, actor)
    _renumber(found, [text.clause.key for text in texts.values()], placed)
    found.base = base
    found.save(update_fields=["base"])
    _note(actor, "catch up draft", found)
    return clashes


def _rebase(clause: DraftClause | None, text: ClauseText, draft: Draft, actor: Actor) -> bool:
    """Give the clause its new base; True when both sides changed it."""
    if clause is None:
        DraftClause.objects.bulk_create([_copy(draft, text)])
        return False
    untouched = not clause.is_changed
    moved = clause.before is None or clause.before.official != text.official
    clause.before = text
    clause.section, clause.lead = text.section, text.lead
    if untouched:
        for name in ("official", "plain", "force", "holder"):
            setattr(clause, name, getattr(text, name))
    elif moved and clause.official != text.official:
        clause.clash = text.official
    _save(clause, actor)
    return bool(clause.clash)


def _left_behind(clause: DraftClause, actor: Actor) -> None:
    """The adopted revision ended a clause: a drafted change stays, as a new clause."""
    if not clause.is_changed or clause.removed:
        clause.delete()
        return
    clause.before, clause.clash = None, "This clause was taken out of the policy meanwhile."
    _save(clause, actor)


def _renumber(draft: Draft, keys: list[str], placed: Collection[str]) -> None:
    """The order of the new base; the draft's own clauses stay behind their neighbours.

    Lists in which the draft had ``placed`` a clause elsewhere keep the draft's order.
    """
    own = list(draft.clauses.order_by("order"))
    lists = {group_of(clause) for clause in own if clause.key in placed}
    seated = seats(keys, [clause for clause in own if group_of(clause) in lists])
    place = {seated.get(key, key): number for number, key in enumerate(keys)}
    last, sortable = -1, []
    for clause in own:
        last = place.get(clause.key, last)
        sortable.append(((last, clause.key not in place), clause))
    for number, (_, clause) in enumerate(sorted(sortable, key=lambda pair: pair[0]), 1):
        clause.order = number
    DraftClause.objects.bulk_update(own, ["order"])


def _locked(clause: DraftClause, version: int) -> DraftClause:
    _open(clause.draft)
    found = DraftClause.objects.select_for_update(of=("self",)).select_related("draft")
    now = found.select_related("before").get(pk=clause.pk)
    if now.version != version:
        raise SomebodyElse(now)
    return now


def _save(clause: DraftClause, actor: Actor, **more: str) -> DraftClause:
    """Count the version, keep it, and write the leaf."""
    clause.version += 1
    clause.edited_label, clause.edited_at = actor.label, timezone.now()
    clause.save()
    DraftEdit.objects.create(
        clause=clause,
        version=clause.version,
        official=clause.official,
        plain=clause.plain,
        force=clause.force,
        holder=clause.holder,
        removed=clause.removed,
        label=actor.label,
    )
    detail = {"draft": clause.draft_id, "version": clause.version, "removed": clause.removed}
    record(actor=actor, verb="draft clause", object=clause.key, detail={**detail, **more})
    return clause


@transaction.atomic
def settle(*, actor: Actor, clause: DraftClause, version: int) -> DraftClause:
    """Say that the drafted words stand although others were adopted meanwhile."""
    found = _locked(clause, version)
    found.clash = ""
    return _save(found, actor)


_WHEN: dict[DraftState, Callable[[], DraftRefused]] = {
    DraftState.OPEN: lambda: DraftRefused("The draft is being written; propose it first"),
    DraftState.PROPOSED: lambda: DraftRefused("The draft waits for adoption; take it back first"),
    DraftState.ADOPTED: lambda: DraftRefused("The draft was adopted. Open a new one"),
    DraftState.WITHDRAWN: lambda: DraftRefused("The draft was withdrawn. Open a new one"),
}


def _in_state(draft: Draft, *states: DraftState) -> Draft:
    """The draft, locked. Raises DraftRefused in any other state."""
    found = Draft.objects.select_for_update(of=("self",)).select_related("policy", "base")
    now = found.get(pk=draft.pk)
    if now.state not in states:
        raise _WHEN[DraftState(now.state)]()
    return now


def _open(draft: Draft) -> Draft:
    return _in_state(draft, DraftState.OPEN)


def _unfinished(draft: Draft) -> Draft:
    return _in_state(draft, DraftState.OPEN, DraftState.PROPOSED)
