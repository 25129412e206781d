"""Letters of a breach on paper: to each affected person, and to the Attorney General."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from hornbook.district.incidents.breach_actions import facts_of, reading_of
from hornbook.district.incidents.law import Law, law
from hornbook.district.incidents.models import Affected, Breach, Desk
from hornbook.district.overview.context import district_name
from hornbook.district.policy.showing.typesetting import pdf

_HERE = Path(__file__).parent
SOMEBODY = Affected(name="Name of the person", street="Street", city="City", state="IA", zip="ZIP")


def consumer_letters(breach: Breach, people: list[Affected]) -> bytes:
    """One page or two for each, in one PDF. They say what the statute asks, in plain words."""
    told = law()
    return pdf(_HERE / "consumer.typ", _consumer(breach, people, told, timezone.localdate()))


def _consumer(breach: Breach, people: list[Affected], told: Law, today: date) -> dict[str, Any]:
    desk = Desk.the_one()
    return {
        "title": f"Notice of a breach of security: {breach.title}",
        "district": district_name() or "The District",
        "today": f"{today:%B %-d, %Y}",
        "happened": f"{breach.happened_on:%B %-d, %Y}" if breach.happened_on else "",
        "discovered": f"{breach.discovered_on:%B %-d, %Y}",
        "what": [line for line in breach.what.splitlines() if line.strip()],
        "kinds": [told.kinds[key].letter for key in breach.kinds if key in told.kinds],
        "agencies": list(told.agencies),
        "attorney": list(told.attorney_address[1:]),
        "attorney_phone": told.attorney_phone,
        "phone": desk.phone,
        "citation": told.notice.citation,
        "people": [_envelope(one) for one in people],
    }


def _envelope(one: Affected) -> dict[str, Any]:
    town = " ".join(part for part in (one.state, one.zip) if part)
    city = ", ".join(part for part in (one.city, town) if part)
    return {"name": one.name, "lines": [part for part in (one.street, city) if part]}


def attorney_letter(breach: Breach) -> bytes:
    """The written notice to the Attorney General."""
    told = law()
    facts = facts_of(breach, told)
    data = {
        "title": f"Notice of a breach of security: {breach.title}",
        "district": district_name() or "The District",
        "today": f"{timezone.localdate():%B %-d, %Y}",
        "address": list(told.attorney_address),
        "citation": told.attorney.citation,
        "what": [line for line in breach.what.splitlines() if line.strip()],
        "facts": [
            ["Discovered", _day(breach.discovered_on)],
            ["Approximate date of the breach", _day(breach.happened_on)],
            ["Kinds of information", "; ".join(told.kinds[key].title for key in breach.kinds)],
            [f"Residents of {told.state_name} to be told", f"{facts.residents:,}"],
            ["Everybody to be told", f"{facts.everybody:,}"],
            ["First notice to consumers", _day(facts.first_told_on)],
            ["Delay asked for by law enforcement", breach.hold_agency or "none"],
        ],
        "events": [[_day(timezone.localdate(one.at)), one.words] for one in breach.events.all()],
    }
    return pdf(_HERE / "attorney.typ", data)


def _day(day: date | None) -> str:
    return f"{day:%B %-d, %Y}" if day else "not known yet"


def packet(breach: Breach) -> bytes:
    """A ZIP: the notice, the letter that consumers get, the facts, and what was done when.

    No names of affected people: the statute asks for none.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("1-notice-to-the-attorney-general.pdf", attorney_letter(breach))
        folder.writestr("2-letter-to-consumers.pdf", consumer_letters(breach, [SOMEBODY]))
        folder.writestr("3-facts.json", json.dumps(_facts(breach), indent=1, ensure_ascii=False))
        folder.writestr("4-what-was-done.csv", _events(breach))
    return out.getvalue()


def _facts(breach: Breach) -> dict[str, Any]:
    told = law()
    facts, reading = facts_of(breach, told), reading_of(breach, told)
    return {
        "breach": str(breach.key),
        "title": breach.title,
        "discovered_on": breach.discovered_on.isoformat(),
        "kinds": {key: told.kinds[key].title for key in breach.kinds},
        "residents": facts.residents,
        "everybody": facts.everybody,
        "first_notice_on": facts.first_told_on and facts.first_told_on.isoformat(),
        "attorney_general_by": reading.attorney_due and reading.attorney_due.isoformat(),
        "law": [one.citation for one in (told.notice, told.attorney, told.harm, told.hold)],
    }


def _events(breach: Breach) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["when", "who", "what", "leaf of the ledger"])
    for one in breach.events.all():
        rows.writerow([one.at.isoformat(), one.by, one.words, one.leaf_no])
    return out.getvalue()
