"""Sentences of an English policy text."""

from __future__ import annotations

import re

_END = re.compile(r"[.!?][\"”’)\]]*(?=\s+[\"“‘(\[]*[A-Z0-9])")
_ABBREVIATIONS = {
    *("i.e.", "e.g.", "cf.", "vs.", "no.", "nos.", "art.", "sec.", "ch.", "par.", "p.", "pp."),
    *("mr.", "mrs.", "ms.", "dr.", "st.", "jr.", "sr.", "inc.", "ltd.", "co.", "a.m.", "p.m."),
    *("jan.", "feb.", "mar.", "apr.", "jun.", "jul.", "aug.", "sep.", "sept.", "oct.", "nov."),
    *("dec.", "u.s.", "u.s.c.", "c.f.r.", "p.l.", "pub.", "viz.", "approx."),
}
_INITIALS = re.compile(r"(?:[A-Za-z]\.)+")


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order; joined with spaces they are ``text`` again.

    A full stop does not end a sentence after an abbreviation, inside a web address, or when
    a small letter follows.
    """
    sentences = []
    start = 0
    for match in _END.finditer(text):
        if not _is_abbreviation(text[start : match.start() + 1]):
            sentences.append(text[start : match.end()].strip())
            start = match.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _is_abbreviation(upto: str) -> bool:
    last = upto.split()[-1].lstrip('(“"[')
    return last.lower() in _ABBREVIATIONS or bool(_INITIALS.fullmatch(last))
