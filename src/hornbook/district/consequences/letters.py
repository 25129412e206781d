"""The letter of a consequence: plain words, the clause in its wording in force, how to appeal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone

from hornbook.district.conduct.models import Consequence
from hornbook.district.overview.context import district_name
from hornbook.district.people.models import Person
from hornbook.district.policy.showing.typesetting import pdf

_TEMPLATE = Path(__file__).with_name("letter.typ")
TITLES = {
    "warning": "A written warning",
    "training": "A training for you",
    "restriction": "Restricted access for a time",
    "referral": "Your matter goes to another authority",
    "record": "A decision that stands in your record",
}


def letter_pdf(consequence: Consequence, subject: Person) -> bytes:
    """Tagged PDF (PDF/UA-1)."""
    return pdf(_TEMPLATE, _data(consequence, subject))


def _data(consequence: Consequence, subject: Person) -> dict[str, Any]:
    text, decision = consequence.clause_text, consequence.decision
    title = TITLES.get(consequence.sort, consequence.get_sort_display())
    ends = consequence.ends_on
    return {
        "title": title,
        "district": district_name() or "The District",
        "today": f"{timezone.localdate():%B %-d, %Y}",
        "name": str(subject),
        "case": decision.case.number,
        "words": [line for line in consequence.words.splitlines() if line.strip()],
        "reason": [line for line in decision.reason.splitlines() if line.strip()],
        "clause": text.version,
        "since": f"{text.valid_from:%B %-d, %Y}",
        "lead": text.lead,
        "official": [line for line in text.official.splitlines() if line.strip()],
        "plain": text.plain,
        "starts": f"{consequence.starts_on:%B %-d, %Y}",
        "ends": f"{ends:%B %-d, %Y}" if ends else "",
        "by": str(decision.decided_by),
        "decided": f"{decision.decided_on:%B %-d, %Y}",
        "appeal_by": f"{decision.appeal_by:%B %-d, %Y}",
    }
