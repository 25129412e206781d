"""How strong a sentence is and whom it binds: read from its operative verb."""

from __future__ import annotations

import re
from dataclasses import dataclass

FORCES = frozenset(
    (
        *("must", "must_not", "shall", "should", "should_not", "encouraged", "discouraged"),
        *("may", "never", "definition", "promise"),
    )
)
HOLDERS = frozenset(("employee", "staff", "student", "user", "everyone", "district", "nobody"))

# Longer patterns first: at one place in a sentence the first that fits is the verb.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("never", r"under no circumstances?|(?:(?:should|must|shall|will|may) )?never"),
    ("must_not", r"(?:must|shall|may|can|will) not|cannot|(?:no one|nobody) may"),
    ("must_not", r"(?:is|are|be) (?:strictly )?(?:prohibited|forbidden|unacceptable)"),
    ("must_not", r"(?:is|are) not (?:allowed|permitted|acceptable)"),
    ("should_not", r"should not|ought not"),
    ("must", r"must|(?:is|are) (?:explicitly |also )?required|has to|have to"),
    ("must", r"(?:is|are) responsible for|it is imperative"),
    ("shall", r"shall"),
    ("should", r"should|ought to|(?:is|are) expected|it is important"),
    ("discouraged", r"(?:is|are) (?:strongly )?discouraged"),
    ("encouraged", r"(?:is|are) (?:strongly )?(?:encouraged|recommended|urged)"),
    ("shall", r"can and will"),
    ("may", r"may"),
    # "will be at risk" foretells; "will be provided" promises.
    ("shall", r"will(?= be (?:provided|given|offered|kept|told|notified)\b)"),
    ("shall", r"will(?! (?:be|probably|likely|almost|help|have)\b)"),
)
_VERB = re.compile("|".join(rf"(?P<p{i}>\b(?:{p})\b)" for i, (_, p) in enumerate(_PATTERNS)), re.I)
_DEFINES = re.compile(
    r"\bas used (?:in|here)|\b(?:means|is defined as|are defined as|refers to)\b|"
    r"[”\"] (?:also )?(?:includes?|is|are)\b|\b(?:is|are) (?:considered|understood)\b|"
    r"\bmakes no (?:guarantee|warrant)|\bis not (?:liable|responsible)\b|\bdenies any\b|"
    r"\bdoes not (?:guarantee|warrant)\b|\bwill not be (?:liable|responsible)\b",
    re.I,
)
_DISTRICT_ACTS = re.compile(
    r"\bthe (?:school )?(?:district|board|superintendent|administration)"
    r"(?: also| further| therefore)? "
    r"(?:uses|provides|blocks|filters|protects|keeps|monitors|promises|commits|is committed)\b",
    re.I,
)
_MONTH_OF_MAY = re.compile(r"may \d", re.I)
_DISTRICT = re.compile(
    r"\b(?:district|board|superintendent|administration|technology (?:office|department))"
    r"(?= (?:and|or|also|carefully|hereby|further|therefore|can|will|shall|must|may|should|never)\b"
    r"| *$)",
    re.I,
)
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("everyone", re.compile(r"\b(?:everyone|everybody|anyone|no one|nobody|each person)\b", re.I)),
    ("employee", re.compile(r"\bemployees?\b(?! (?:numbers?|records?))", re.I)),
    ("staff", re.compile(r"\b(?:staff|teachers?|personnel|administrators?|coaches)\b", re.I)),
    ("student", re.compile(r"\bstudents?\b(?!['’]| (?:id|records?|information|data)\b)", re.I)),
    ("user", re.compile(r"\busers?\b", re.I)),
    ("everyone", re.compile(r"\b(?:families|family|parents?|bullying)\b", re.I)),
)
_BY_DISTRICT = re.compile(r"\bby the (?:school )?(?:district|board)\b|\bprovided to\b", re.I)


@dataclass(frozen=True)
class Judged:
    """What a sentence says by itself. ``force`` is None when it only explains."""

    force: str | None
    holder: str | None


def has_verb(text: str) -> bool:
    return _verb(text) is not None


def judge(sentence: str) -> Judged:
    """The force and holder of one sentence that stands alone."""
    verb = _verb(sentence)
    defines = _DEFINES.search(sentence)
    if defines and (verb is None or defines.start() <= verb[1]):
        return Judged("definition", "nobody")
    acts = _DISTRICT_ACTS.search(sentence)
    if acts and (verb is None or acts.start() < verb[1]):
        return Judged("promise", "district")
    if verb is None:
        return Judged(None, None)
    force, start = verb
    holder = _holder(sentence, start)
    if holder == "district" and force in {"must", "shall", "never", "must_not"}:
        force = "promise"
    return Judged(force, holder)


def judge_item(lead: str, text: str) -> Judged:
    """The force and holder of a list item whose list opens with ``lead`` (“Employees must:”)."""
    opening = judge(lead.rstrip(": "))
    if opening.force is None:
        own = judge(text)
        return Judged(own.force, own.holder or opening.holder)
    first = text.split(maxsplit=1)[0].lower() if text else ""
    force = {"never": "never", "not": _negated(opening.force)}.get(first, opening.force)
    return Judged(force, opening.holder)


def _negated(force: str) -> str:
    return {"must": "must_not", "shall": "must_not", "should": "should_not"}.get(force, force)


def _verb(sentence: str) -> tuple[str, int] | None:
    for match in _VERB.finditer(sentence):
        if _MONTH_OF_MAY.match(sentence, match.start()):
            continue
        index = int((match.lastgroup or "p0")[1:])
        return _PATTERNS[index][0], match.start()
    return None


def _holder(sentence: str, verb_at: int) -> str | None:
    before = sentence[:verb_at]
    if _DISTRICT.search(before) or _BY_DISTRICT.search(sentence[verb_at:]):
        return "district"
    named = _roles(before) or _roles(" ".join(sentence[verb_at:].split()[:6]))
    if "student" in named and named & {"staff", "employee"}:
        return "everyone"
    return next((role for role, _ in _ROLES if role in named), None)


def _roles(words: str) -> set[str]:
    return {role for role, pattern in _ROLES if pattern.search(words)}
