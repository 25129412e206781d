"""The words of an older revision of which only the day was known, once they turn up.

A shell has its number and its day already, and both are cited. So the words are put under them;
nothing that is in force moves.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from hornbook.district.ledger.actions import Actor, record
from hornbook.district.policy.actions import clause_texts
from hornbook.district.policy.models import ClauseText, Policy, Revision
from hornbook.district.policy.plan import known_of, refuse_overlong
from hornbook.district.policy.reading.blocks import PolicyRefused, essence
from hornbook.district.policy.reading.dates import effective_on
from hornbook.district.policy.reading.draft import Draft
from hornbook.district.policy.reading.read import read_policy, read_source


@dataclass(frozen=True)
class Words:
    """What a file would put under a shell; nothing is written yet."""

    revision: Revision
    draft: Draft


def plan_words(path: Path, *, policy: str, no: int, table: Path | None = None) -> Words:
    """Read the file for revision ``no`` of the policy, against the clauses that are known.

    Raises PolicyRefused where there is no such shell, or the text cannot be of that day.
    """
    shell = _shell(policy, no)
    source = read_source(path)
    draft = read_policy(source, known=known_of(shell.policy), table=table, title=shell.policy.title)
    refuse_overlong(draft)
    _refuse_other_day(draft, shell)
    for other in shell.policy.revisions.exclude(text=""):
        if essence(other.text) == essence(draft.text):
            raise PolicyRefused(f"this very text is stored as revision {other.no} already")
    return Words(shell, draft)


def _shell(policy: str, no: int) -> Revision:
    found = Revision.objects.select_related("policy").filter(policy__key=policy, no=no).first()
    if found is None:
        shells = Revision.objects.filter(policy__key=policy, text="").order_by("no")
        named = ", ".join(f"{one.no} ({one.effective_on})" for one in shells) or "none"
        raise PolicyRefused(f"“{policy}” has no revision {no}; without words are: {named}")
    if not found.is_shell:
        raise PolicyRefused(f"the words of revision {no} of “{policy}” are on file already")
    return found


def _refuse_other_day(draft: Draft, shell: Revision) -> None:
    """A text that names a later day is a later text."""
    if not draft.revisions:
        return
    newest = effective_on(draft.revisions[-1])
    if newest != shell.effective_on:
        raise PolicyRefused(
            f"the text is of {newest} by its own last line, and revision {shell.no} is of "
            f"{shell.effective_on}. Name the revision of that day"
        )


@transaction.atomic
def supply_words(*, actor: Actor, words: Words, source: str, found: str) -> Revision:
    """Put the words under the shell. ``found`` says where they were found, for whoever doubts.

    They held until the next revision began, whatever is known of that one. Raises PolicyRefused
    when somebody else was quicker, or nobody says where the text comes from.
    """
    if not found.strip():
        raise PolicyRefused("say where the text was found, such as “board packet, box 12”")
    Policy.objects.select_for_update().get(pk=words.revision.policy_id)
    shell = _shell(words.revision.policy.key, words.revision.no)
    shell.text = words.draft.text
    shell.text_sha256 = hashlib.sha256(shell.text.encode()).hexdigest()
    shell.passages = [passage.as_dict() for passage in words.draft.passages]
    shell.source = source
    shell.save(update_fields=["text", "text_sha256", "passages", "source"])
    texts = _past_texts(shell, words.draft)
    record(
        actor=actor,
        verb="supply words of revision",
        object=f"{shell.policy.key}@{shell.no}",
        clause_texts=[text.version for text in texts],
        detail={
            "effective_on": shell.effective_on.isoformat(),
            "text_sha256": shell.text_sha256,
            "source": source,
            "found": found.strip(),
        },
    )
    return shell


def _past_texts(shell: Revision, draft: Draft) -> list[ClauseText]:
    texts = clause_texts(shell.policy, shell, draft.clauses, ())
    after = shell.policy.revisions.filter(no__gt=shell.no).order_by("no").first()
    if after is not None:
        ended = ClauseText.objects.filter(pk__in=[text.pk for text in texts])
        ended.update(valid_to=after.effective_on)
    return texts
