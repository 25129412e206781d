"""The other writes about policies: numbers, audiences, evidence, plain lines, languages, links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.audience import check
from hornbook.district.policy.access import BASE, texts_of
from hornbook.district.policy.languages import Translated
from hornbook.district.policy.models import (
    Clause,
    ClauseLink,
    ClauseText,
    EvidenceKind,
    Policy,
    Revision,
)


@transaction.atomic
def describe_policy(
    *, actor: Actor, policy: Policy, code: str = "", audience: Mapping[str, Any] | None = None
) -> Policy:
    """Give a policy the board's number, and say whom it is for. Raises BadAudience."""
    check(audience or {})
    policy.code, policy.audience = code.strip(), dict(audience or {})
    policy.save(update_fields=["code", "audience"])
    detail = {"code": policy.code, "audience": policy.audience}
    record(actor=actor, verb="describe policy", object=policy.key, detail=detail)
    return policy


@transaction.atomic
def add_evidence(
    *, actor: Actor, revision: Revision, kind: EvidenceKind, on: date, words: str
) -> Revision:
    """File what shows that the public was told or heard. Nothing filed is ever taken away."""
    found = Revision.objects.select_for_update().get(pk=revision.pk)
    piece = {"kind": kind.value, "on": on.isoformat(), "words": words.strip()}
    found.evidence = sorted([*found.evidence, piece], key=lambda one: str(one["on"]))
    found.save(update_fields=["evidence"])
    record(
        actor=actor,
        verb="file evidence",
        object=f"{found.policy.key}@{found.no}",
        detail=piece,
    )
    return found


@transaction.atomic
def explain_clause(*, actor: Actor, text: ClauseText, plain: str) -> ClauseText:
    """Write the plain line of a wording. It explains; the official words stay as they are."""
    text.plain, text.plain_by = plain.strip(), actor.label
    text.plain_on = timezone.localdate()
    text.save(update_fields=["plain", "plain_by", "plain_on"])
    detail = {"plain": text.plain, "lang": text.lang}
    record(
        actor=actor,
        verb="explain clause",
        object=text.clause.key,
        clause_texts=[text.version],
        detail=detail,
    )
    return text


@transaction.atomic
def translate_revision(
    *, actor: Actor, revision: Revision, lang: str, translated: Mapping[str, Translated]
) -> list[ClauseText]:
    """Store the clauses in another language; a clause that has it already is written again."""
    rows = [
        _in_language(text, lang, translated[text.clause.key])
        for text in texts_of(revision, BASE)
        if text.clause.key in translated
    ]
    stored = ClauseText.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["clause", "revision", "lang"],
        update_fields=["official", "plain"],
    )
    record(
        actor=actor,
        verb="translate policy",
        object=f"{revision.policy.key}@{revision.no}",
        clause_texts=[text.version for text in stored],
        detail={"lang": lang, "clauses": len(stored)},
    )
    return stored


def _in_language(text: ClauseText, lang: str, words: Translated) -> ClauseText:
    return ClauseText(
        clause=text.clause,
        revision=text.revision,
        order=text.order,
        section=text.section,
        official=words.official,
        plain=words.plain,
        lang=lang,
        force=text.force,
        holder=text.holder,
        valid_from=text.valid_from,
        valid_to=text.valid_to,
    )


@transaction.atomic
def link_clause(
    *,
    actor: Actor,
    source: Clause,
    policy: Policy,
    clause: Clause | None = None,
    words: str = "",
) -> ClauseLink:
    """Say that a clause leans on another policy, or on one clause of it."""
    if clause and clause.policy_id != policy.pk:
        raise ValueError(f"{clause.key} is no clause of {policy.key}")
    link, made = ClauseLink.objects.get_or_create(
        source=source, policy=policy, clause=clause, defaults={"words": words.strip()}
    )
    if made:
        detail = {"to": clause.key if clause else policy.key, "words": link.words}
        record(actor=actor, verb="link clause", object=source.key, detail=detail)
    return link
