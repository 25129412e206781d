"""What a scanner says of a text or a picture: a verdict, and what it rests on.

Scanners are pure: octets or text in, a ``Scanned`` out; no network, no clock, no people. They
name a *category*; which clause that concerns, and what is done, is for whoever asked. “Not
checked” and “nothing found” are different answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ALLOW, BLUR, BLOCK, NOT_CHECKED = "allow", "blur", "block", "not checked"
_STRENGTH = (ALLOW, NOT_CHECKED, BLUR, BLOCK)


@dataclass(frozen=True)
class Finding:
    """One category that was seen.

    ``score`` and ``threshold`` are on the scanner's own scale; ``false_alarms`` is the share of
    harmless things that pass that threshold, as measured (see the scanner's card). ``why`` are
    the words or facts that weighed most.
    """

    category: str
    verdict: str
    score: float
    threshold: float
    false_alarms: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scanned:
    """What a scanner answers. ``reason`` says why something was not checked."""

    verdict: str
    scanner: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""


def not_checked(scanner: str, reason: str) -> Scanned:
    return Scanned(NOT_CHECKED, scanner, reason=reason)


def found(scanner: str, findings: Iterable[Finding]) -> Scanned:
    """The strongest verdict of the findings; nothing found is *allow*."""
    held = tuple(sorted(findings, key=lambda one: -_STRENGTH.index(one.verdict)))
    return Scanned(held[0].verdict if held else ALLOW, scanner, held)
