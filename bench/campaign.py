"""Everybody in a campaign signs, one person after the other, each through the whole way.

The way of a person is the console's own: sit down, the exact wording shown, said to be read,
signed, each step with its transaction and its leaf. What counts is that everybody meant was
asked once and has one signature, and that the ledger holds; the time a signature is printed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from bench.peers.district import empty_district


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=2_000, help="12000 is full length")


def run(args: argparse.Namespace) -> dict[str, Any]:
    with empty_district("campaign"):
        return _sign_all(args.people)


def _sign_all(count: int) -> dict[str, Any]:
    from datetime import date

    from bench.pages_district import make_duty, make_people, make_sites
    from hornbook.district.learning.actions.campaigns import start_campaign
    from hornbook.district.learning.models import Signature
    from hornbook.district.learning.plan import plan_campaign
    from hornbook.district.ledger.actions import SYSTEM
    from hornbook.district.ledger.verify import verify
    from hornbook.district.policy.models import Revision

    make_people(count, make_sites())
    duty = make_duty()
    began = time.perf_counter()
    plan = plan_campaign(duty, Revision.objects.get(), today=date.today())
    campaign = start_campaign(actor=SYSTEM, plan=plan)
    asking = time.perf_counter() - began
    times = [_sign(row) for row in campaign.assignments.select_related("person").order_by("pk")]
    ledger = verify()
    people = Signature.objects.values_list("person", flat=True)
    return {
        "bench": "campaign",
        "bars": [
            _bar("people not asked", count - len(plan.ask), 0),
            _bar("people without a signature", count - len(set(people)), 0),
            _bar("people with two", len(people) - len(set(people)), 0),
            _bar("assignments still open", campaign.assignments.filter(state="open").count(), 0),
            _bar("faults in the ledger", len(ledger.faults) + (ledger.broken is not None), 0),
        ],
        "peers": {
            "people": count,
            "asking all of them, s": round(asking, 2),
            "a person's way to the signature, ms, median": _ms(statistics.median(times)),
            "p99": _ms(sorted(times)[len(times) * 99 // 100]),
            "signatures a second": round(len(times) / sum(times), 1),
        },
    }


def _sign(row: Any) -> float:
    """Seconds that the person's steps took. ``row`` is an assignment."""
    from hornbook.district.learning.actions.signing import sign
    from hornbook.district.learning.actions.sitting import freshen, say_read, sit_down
    from hornbook.district.learning.models import Signature
    from hornbook.district.people.permissions import actor_of

    began = time.perf_counter()
    sitting = freshen(sitting=sit_down(assignment=row))
    shown = sitting.shown_id
    say_read(sitting=sitting, sha256=shown)
    strength = Signature.Strength.PASSWORD
    sign(actor=actor_of(row.person), sitting=sitting, sha256=shown, strength=strength)
    return time.perf_counter() - began


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _bar(name: str, value: int, bar: int) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": bar, "ok": value == bar}
