"""What an import would do: which policy, which revision, which shells; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.text import slugify

from hornbook.district.policy.models import Clause, ClauseText, Policy, Revision
from hornbook.district.policy.reading.blocks import PolicyRefused, essence
from hornbook.district.policy.reading.dates import Reading, effective_on
from hornbook.district.policy.reading.draft import Draft
from hornbook.district.policy.reading.matching import FormerClause
from hornbook.district.policy.reading.read import Known, read_policy, read_source

Readings = tuple[Reading, ...]


@dataclass(frozen=True)
class Plan:
    """``no`` is the revision's number, ``after_no`` the newest one stored (0: none).

    ``unchanged`` is the stored revision that holds this very text already.
    """

    policy_key: str
    draft: Draft
    no: int
    after_no: int
    effective_on: date
    readings: Readings
    shells: tuple[tuple[int, Readings], ...]
    warnings: tuple[str, ...]
    unchanged: Revision | None = None


def plan_import(
    path: Path,
    *,
    table: Path | None = None,
    policy_key: str = "",
    title: str = "",
    effective: date | None = None,
) -> Plan:
    """Read the file and say what storing it would do.

    Raises PolicyRefused, naming place and remedy, whenever it could not be stored.
    """
    source = read_source(path)
    stated = title or next((b.text for b in source.blocks if b.kind == "title"), "")
    key, policy = _which_policy(policy_key, stated, path)
    name = stated or (policy.title if policy else key)
    draft = read_policy(source, known=known_of(policy), table=table, title=name)
    refuse_overlong(draft)
    stored = list(policy.revisions.order_by("no")) if policy else []
    current = next((revision for revision in reversed(stored) if not revision.is_shell), None)
    if current and essence(current.text) == essence(draft.text):
        return _unchanged(key, draft, current, stored, table)
    _refuse_second_home(draft, policy)
    return _plan(key, draft, stored, effective)


def _which_policy(key: str, title: str, path: Path) -> tuple[str, Policy | None]:
    """The policy that was named, else the one of that title, else a new key from the title."""
    if key:
        if slugify(key) != key or len(key) > 50:
            raise PolicyRefused(
                f"--policy “{key}”: a key has at most 50 small letters, digits and hyphens"
            )
        return key, Policy.objects.filter(key=key).first()
    found = Policy.objects.filter(title__iexact=title).first() if title else None
    if found:
        return found.key, found
    key = slugify(title or path.stem)[:50].strip("-")
    if not key:
        raise PolicyRefused(f"{path}: the text has no title. Name it with --policy KEY")
    return key, Policy.objects.filter(key=key).first()


def known_of(policy: Policy | None) -> Known:
    """The clauses that a text of that policy is matched with."""
    own = policy.clauses.values_list("key", flat=True) if policy else ()
    others = Clause.objects.select_related("policy").exclude(policy=policy)
    return Known(
        former=_former(policy) if policy else (),
        own=tuple(own),
        foreign={clause.key: clause.policy.title for clause in others},
    )


def _former(policy: Policy) -> list[FormerClause]:
    texts = ClauseText.objects.filter(clause__policy=policy, valid_to=None, lang="en")
    return [
        FormerClause(
            text.clause.key,
            text.section,
            text.lead,
            text.official,
            text.force,
            text.holder,
            text.plain,
        )
        for text in texts.select_related("clause").order_by("order")
    ]


def _unchanged(
    key: str, draft: Draft, current: Revision, stored: Sequence[Revision], table: Path | None
) -> Plan:
    warnings = draft.warnings
    kept = set(current.clause_texts.filter(lang="en").values_list("clause__key", flat=True))
    if table and kept != {clause.key for clause in draft.clauses}:
        warnings += (
            "the key table names other clauses than are stored; the keys of a stored revision stay",
        )
    return Plan(
        policy_key=key,
        draft=draft,
        no=current.no,
        after_no=stored[-1].no,
        effective_on=current.effective_on,
        readings=(),
        shells=(),
        warnings=warnings,
        unchanged=current,
    )


def refuse_overlong(draft: Draft) -> None:
    """What the database has no room for is most often a paragraph that was set as a heading."""
    headings = [(draft.title, 300), *((clause.section, 200) for clause in draft.clauses)]
    for words, room in headings:
        if len(words) > room:
            raise PolicyRefused(
                f"the heading “{words[:60]}…” is longer than {room} characters. "
                "Make it a paragraph in the file"
            )


def _refuse_second_home(draft: Draft, policy: Policy | None) -> None:
    for revision in Revision.objects.exclude(text="").exclude(policy=policy):
        if essence(revision.text) == essence(draft.text):
            raise PolicyRefused(
                f"this very text is stored as “{revision.policy.key}” (revision {revision.no}). "
                f"Use --policy {revision.policy.key}"
            )


def _plan(
    key: str,
    draft: Draft,
    stored: Sequence[Revision],
    effective: date | None,
) -> Plan:
    older, newest = _newest(draft, effective)
    on = effective or effective_on(newest)
    _refuse_date(on, stored)
    shells, warnings = _shells(older, stored, on)
    after = stored[-1].no if stored else 0
    return Plan(
        policy_key=key,
        draft=draft,
        no=after + len(shells) + 1,
        after_no=after,
        effective_on=on,
        readings=newest,
        shells=tuple(enumerate(shells, after + 1)),
        warnings=draft.warnings + warnings,
    )


def _newest(draft: Draft, effective: date | None) -> tuple[list[Readings], Readings]:
    """The older revisions' readings and those of the text's own revision."""
    if not draft.revisions:
        if effective is None:
            raise PolicyRefused(
                "the text names no day of adoption or revision. Give it with --effective YYYY-MM-DD"
            )
        return [], (Reading("adopted", effective),)
    *older, newest = draft.revisions
    if effective and effective > effective_on(newest):
        return [*older, newest], (Reading("revised", effective),)
    return list(older), newest


def _refuse_date(on: date, stored: Sequence[Revision]) -> None:
    if not stored or on > stored[-1].effective_on:
        return
    last = stored[-1]
    raise PolicyRefused(
        f"another text is stored as revision {last.no} of {last.effective_on}, and this one is of "
        f"{on}. If the board revised it since, add the date to the text or give --effective"
    )


def _shells(
    older: Sequence[Readings], stored: Sequence[Revision], on: date
) -> tuple[list[Readings], tuple[str, ...]]:
    """Older revisions that are not stored yet; numbers are cited, so none is put in between."""
    have = {revision.effective_on for revision in stored}
    missing = [r for r in older if effective_on(r) not in have and effective_on(r) < on]
    last = stored[-1].effective_on if stored else date.min
    late = [r for r in missing if effective_on(r) < last]
    warnings = tuple(
        f"a revision of {effective_on(r)} lies before revision {stored[-1].no} and gets no number"
        for r in late
    )
    return [r for r in missing if r not in late], warnings
