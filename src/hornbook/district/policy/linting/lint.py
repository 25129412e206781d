"""Run every check over a set of policies. Pure: the same words always give the same report."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from hornbook.district.policy.comparing.strength import binds, rank
from hornbook.district.policy.linting.data import checks, dead_links, laws
from hornbook.district.policy.linting.links import addresses, fault
from hornbook.district.policy.linting.model import (
    Addressed,
    Check,
    Finding,
    Library,
    NotChecked,
    Report,
    Words,
)
from hornbook.district.policy.models import EvidenceKind, Force

_OFFLINE = "{url}: Hornbook asks no other machine, so nobody knows whether the page is there"


def lint(library: Library, chosen: Sequence[Check] | None = None) -> Report:
    """Findings in the order of the checks, and within one check in that of the policies."""
    report = Report()
    for check in checks() if chosen is None else chosen:
        _KINDS[check.kind](check, library, report)
    return report


def _found(report: Report, check: Check, clause: Words, words: str) -> None:
    report.findings.append(Finding(check, words, clause.policy, clause.key))


def _wording(check: Check, library: Library, report: Report) -> None:
    for clause in library.clauses:
        if check.forces and clause.force not in check.forces:
            continue
        if not re.search(check.pattern, clause.text):
            continue
        if check.unless and re.search(check.unless, clause.text):
            continue
        _found(report, check, clause, check.words)


def _element(check: Check, library: Library, report: Report) -> None:
    """Some clause of some policy must speak of it; one alone cannot be asked for everything."""
    speaking = [one.key for one in library.clauses if re.search(check.pattern, one.text, re.I)]
    if speaking:
        report.addressed.append(Addressed(check, speaking))
    elif library.clauses:
        report.findings.append(Finding(check, check.words))
    else:
        report.not_checked.append(NotChecked(check, "There is no policy to look at."))


def _links(check: Check, library: Library, report: Report) -> None:
    for clause in library.clauses:
        for url in addresses(clause.text):
            what = fault(url, dead_links())
            if what is None:
                words = _OFFLINE.format(url=url)
                report.not_checked.append(NotChecked(check, words, clause.key))
            else:
                _found(report, check, clause, check.words.format(url=url, what=what))


def _statute(check: Check, library: Library, report: Report) -> None:
    for clause in library.clauses:
        named = [law for law in laws() if re.search(law.pattern, clause.text, re.I)]
        for law in named:
            if clause.since is None or clause.since >= law.changed_on:
                continue
            words = check.words.format(
                since=_day(clause.since), law=law.name, changed=_day(law.changed_on), what=law.what
            )
            _found(report, check, clause, f"{words} ({law.citation})")


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _nobody(check: Check, library: Library, report: Report) -> None:
    for clause in library.clauses:
        if clause.holder == "nobody" and binds(clause.force):
            _found(report, check, clause, check.words)


def _harder(check: Check, library: Library, report: Report) -> None:
    by_key = {clause.key: clause for clause in library.clauses}
    for rule in library.rules:
        clause = by_key.get(rule.clause)
        if clause is not None and rank(clause.force) < 3:
            words = check.words.format(rule=rule.name, force=Force(clause.force).label)
            _found(report, check, clause, words)


def _openly(check: Check, library: Library, report: Report) -> None:
    for one in library.openly:
        noticed = EvidenceKind.NOTICE in one.evidence
        heard = {EvidenceKind.MEETING, EvidenceKind.HEARING} & set(one.evidence)
        missing = [
            *(() if noticed else ("the notice",)),
            *(() if heard else ("the hearing or meeting",)),
        ]
        if missing:
            words = check.words.format(missing=" and ".join(missing))
            report.findings.append(Finding(check, words, one.policy))


_KINDS: dict[str, Callable[[Check, Library, Report], None]] = {
    "wording": _wording,
    "element": _element,
    "links": _links,
    "statute": _statute,
    "nobody": _nobody,
    "harder": _harder,
    "openly": _openly,
}
