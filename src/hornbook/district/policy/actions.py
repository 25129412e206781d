"""Every write of the policy room."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.policy.languages import carry_translations
from hornbook.district.policy.models import Clause, ClauseText, Policy, Revision
from hornbook.district.policy.plan import Plan
from hornbook.district.policy.reading.blocks import PolicyRefused
from hornbook.district.policy.reading.dates import Reading
from hornbook.district.policy.reading.draft import ClauseDraft, Draft


@dataclass(frozen=True)
class Adopted:
    """What ``adopt_revision`` stored. ``shells`` are the numbers of dated, empty revisions."""

    revision: Revision
    shells: tuple[int, ...]
    ended: tuple[str, ...]


@transaction.atomic
def adopt_revision(
    *,
    actor: Actor,
    plan: Plan,
    source: str,
    evidence: Sequence[Mapping[str, str]] = (),
    minute_ref: str = "",
) -> Adopted:
    """Store the planned revision, its clause texts and the shells before it; close former texts.

    A translation of a clause whose words stay comes along; one of changed words does not.
    A text that is stored already changes nothing and leaves no leaf. Raises PolicyRefused when
    the stored policy changed since the plan was made.
    """
    if plan.unchanged:
        return Adopted(plan.unchanged, (), ())
    policy = _policy(plan)
    shells = [_shell(policy, no, readings) for no, readings in plan.shells]
    former = list(ClauseText.objects.filter(clause__policy=policy, valid_to=None))
    ended = _close_former(policy, plan.effective_on, plan.draft.clauses)
    revision = _revision(policy, plan, source, evidence, minute_ref)
    texts = clause_texts(policy, revision, plan.draft.clauses, former)
    carry_translations(texts, former)
    record(
        actor=actor,
        verb="adopt revision",
        object=f"{policy.key}@{revision.no}",
        clause_texts=[text.version for text in texts],
        detail={
            "effective_on": plan.effective_on.isoformat(),
            "text_sha256": revision.text_sha256,
            "source": source,
            "shells": [shell.no for shell in shells],
            "ended": list(ended),
            "evidence": list(evidence),
            "minute_ref": minute_ref,
        },
    )
    return Adopted(revision, tuple(shell.no for shell in shells), ended)


def _policy(plan: Plan) -> Policy:
    """The policy, locked; two imports at once queue here."""
    Policy.objects.get_or_create(key=plan.policy_key, defaults={"title": plan.draft.title})
    policy = Policy.objects.select_for_update().get(key=plan.policy_key)
    newest = policy.revisions.order_by("-no").values_list("no", flat=True).first() or 0
    if newest != plan.after_no:
        raise PolicyRefused(
            f"the policy “{policy.key}” was changed by somebody else just now. Import again"
        )
    if policy.title != plan.draft.title:
        policy.title = plan.draft.title
        policy.save(update_fields=["title"])
    return policy


def _shell(policy: Policy, no: int, readings: Sequence[Reading]) -> Revision:
    return Revision.objects.create(
        policy=policy,
        no=no,
        effective_on=max(reading.on for reading in readings),
        readings=[reading.as_dict() for reading in readings],
    )


def _revision(
    policy: Policy,
    plan: Plan,
    source: str,
    evidence: Sequence[Mapping[str, str]],
    minute_ref: str,
) -> Revision:
    draft: Draft = plan.draft
    return Revision.objects.create(
        policy=policy,
        no=plan.no,
        effective_on=plan.effective_on,
        readings=[reading.as_dict() for reading in plan.readings],
        text=draft.text,
        text_sha256=hashlib.sha256(draft.text.encode()).hexdigest(),
        passages=[passage.as_dict() for passage in draft.passages],
        evidence=[dict(piece) for piece in evidence],
        minute_ref=minute_ref,
        source=source,
    )


def _close_former(policy: Policy, on: date, coming: Sequence[ClauseDraft]) -> tuple[str, ...]:
    """End all texts in force on the day the new ones begin; returns keys that end for good."""
    open_texts = ClauseText.objects.filter(clause__policy=policy, valid_to=None)
    keys = set(open_texts.values_list("clause__key", flat=True))
    open_texts.update(valid_to=on)
    return tuple(sorted(keys - {clause.key for clause in coming}))


def clause_texts(
    policy: Policy,
    revision: Revision,
    drafts: Sequence[ClauseDraft],
    former: Sequence[ClauseText],
) -> list[ClauseText]:
    """Store the clauses of a revision, in force from its day on; plain lines keep their authors."""
    clauses = _clauses(policy, drafts)
    explained = {(text.clause_id, text.plain): text for text in former if text.plain_on}
    return ClauseText.objects.bulk_create(
        ClauseText(
            clause=clauses[draft.key],
            revision=revision,
            order=order,
            section=draft.section,
            lead=draft.lead,
            official=draft.official,
            plain=draft.plain,
            **_author(explained.get((clauses[draft.key].pk, draft.plain))),
            force=draft.force,
            holder=draft.holder,
            valid_from=revision.effective_on,
        )
        for order, draft in enumerate(drafts, 1)
    )


def _author(former: ClauseText | None) -> dict[str, Any]:
    """Who wrote a plain line that is taken over, and when."""
    return {"plain_by": former.plain_by, "plain_on": former.plain_on} if former else {}


def _clauses(policy: Policy, drafts: Sequence[ClauseDraft]) -> Mapping[str, Clause]:
    existing = {clause.key: clause for clause in policy.clauses.all()}
    wanted = [draft.key for draft in drafts]
    new = Clause.objects.bulk_create(
        Clause(policy=policy, key=key) for key in wanted if key not in existing
    )
    return existing | {clause.key: clause for clause in new}
