"""The audit of one E-Rate funding year: what Forms 486 and 479 ask, and what answers it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from hornbook.district.overview.context import district_name
from hornbook.district.policy.linting.data import checks
from hornbook.district.policy.linting.lint import lint
from hornbook.district.policy.linting.model import Library, Report

KEPT_UNTIL_YEARS = 10
_OPENLY = "openly"


@dataclass(frozen=True)
class Filing:
    """What the district fills in. Everything may stay empty; nothing is guessed."""

    billed_entity_number: str = ""
    fcc_registration_number: str = ""
    funding_request_numbers: str = ""
    signer: str = ""
    signer_title: str = ""
    certification: str = ""


CERTIFICATIONS = {
    "complied": "The recipients of service have complied with the requirements of the Children's "
    "Internet Protection Act, 47 U.S.C. 254(h) and (l).",
    "undertaking": "The recipients of service are undertaking such actions, including any "
    "necessary procurement procedures, to comply for the next funding year.",
    "not-applicable": "The Act does not apply: the recipients get discounts for "
    "telecommunications services only.",
}


def funding_year_of(day: date) -> int:
    """Funding year 2026 is from 1 July 2026 to 30 June 2027."""
    return day.year if day.month >= 7 else day.year - 1


def bounds(year: int) -> tuple[date, date]:
    """First and last day of the funding year."""
    return date(year, 7, 1), date(year + 1, 6, 30)


def elements(library: Library) -> Report:
    """Only the checks of CIPA's elements, and of notice and meeting."""
    chosen = [one for one in checks() if one.key.startswith("cipa-") or one.key == _OPENLY]
    return lint(library, chosen)


def form_data(year: int, library: Library, filing: Filing) -> dict[str, Any]:
    """Forms 486 and 479 as far as Hornbook knows. Empty means: the district must fill it in."""
    report = elements(library)
    first, last = bounds(year)
    return {
        "forms": "FCC Form 486 (billed entity) and FCC Form 479 (member of a consortium)",
        "citation": "47 U.S.C. 254(h)(5)(A)(i); 47 CFR 54.520(c)",
        "funding_year": year,
        "service_period": [first.isoformat(), last.isoformat()],
        "billed_entity_name": district_name(),
        **asdict(filing),
        "certification_words": CERTIFICATIONS.get(filing.certification, ""),
        "addressed": [
            {"element": one.check.title, "citation": one.check.citation, "clauses": one.clauses}
            for one in report.addressed
        ],
        "missing": [
            {
                "element": one.check.title,
                "citation": one.check.citation,
                "policy": one.policy,
                "words": one.words,
            }
            for one in report.findings
        ],
        "keep_until": date(year + 1 + KEPT_UNTIL_YEARS, 6, 30).isoformat(),
        "keep_because": "47 CFR 54.516(a)(1): ten years after the last day of the funding year",
    }
