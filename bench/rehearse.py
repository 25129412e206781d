"""How long a draft takes to try on everything that was asked; does it tell the same twice?

The rows are those of ``bench record`` (``--keep DIR`` uses its lake); the rules are the defaults,
with eight more profiles and a thousand names in a list, published as always. The draft lists a
hundred further names. The present rules, rehearsed on the same rows, must flip nothing.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from bench.peers.activity import BEGINS, ENDS, build
from bench.peers.district import empty_district

SECONDS_BAR, FULL = 20.0, 100_000_000
PROFILES = 8
LISTED = [f"host{n}.site{n % 977}.example" for n in range(40, 50_000, 50)]
DRAFTED = [f"host{n}.site{n % 977}.example" for n in range(7, 50_000, 500)]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=4_000_000, help=f"{FULL} is the full run")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="build the lake here, or use the one that is"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    temporary = tempfile.TemporaryDirectory() if args.keep is None else nullcontext(args.keep)
    with temporary as name, empty_district("rehearse"):
        build(Path(name), args.rows)
        found = measure(Path(name))
    return {
        "bench": "rehearse",
        "bars": [
            _bar(f"a rehearsal of {args.rows:,} rows, seconds", found["seconds"], SECONDS_BAR),
            _bar("rows that the present rules flip", found["flipped by nothing"], 0),
            _bar("results that differ from the first", found["differ"], 0),
        ],
        "peers": found,
        "machine": {"rows": args.rows},
    }


def _bar(name: str, value: float, limit: float) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": limit, "ok": value <= limit}


def measure(record: Path) -> dict[str, Any]:
    from hornbook.district.activity.rehearsal.draft import Draft, read_draft
    from hornbook.district.activity.rehearsal.rehearse import rehearse
    from hornbook.record.lake import Lake

    _publish()
    draft = read_draft({"names": [{"category": "adult", "names": DRAFTED}]})
    lake, times, hashes = Lake(record), [], set()
    for _ in range(3):
        began = time.perf_counter()
        found = rehearse(draft, lake, BEGINS, ENDS)
        times.append(time.perf_counter() - began)
        hashes.add(found.hash)
    nothing = rehearse(Draft(), lake, BEGINS, ENDS)
    assert not found.problems
    return {
        "seconds": round(sorted(times)[1], 2),
        "the first, with nothing compiled": round(times[0], 2),
        "differ": len(hashes) - 1,
        "flipped by nothing": nothing.flipped,
        "rows": found.rows,
        "distinct questions": found.questions,
        "flipped by the draft": found.flipped,
        "people": found.persons,
        "not judged": sum(found.unchecked.values()),
    }


def _publish() -> None:
    """A small policy, the default rules, the rows' profiles and one list, in service."""
    from hornbook.district.filtering.defaults import ensure_defaults
    from hornbook.district.filtering.models import Category, LocalEntry, Profile, Rule
    from hornbook.district.filtering.publishing import publish
    from hornbook.district.ledger.actions import SYSTEM

    clause = make_clause()
    ensure_defaults(actor=SYSTEM)
    Profile.objects.bulk_create(
        Profile(key=f"profile-{n}", name=f"Profile {n}", order=1000 + n, audience={})
        for n in range(PROFILES)
    )
    rule = Rule.objects.create(
        order=1000, key="bench", name="For everybody", action="block", clause=clause, basis="local"
    )
    adult = Category.objects.get(key="adult")
    LocalEntry.objects.bulk_create(
        LocalEntry(name=name, category=adult, clause=clause, reason="benchmark") for name in LISTED
    )
    rule.categories.add(adult)
    publish(actor=SYSTEM)


def make_clause() -> Any:
    from hornbook.district.policy.models import Clause, ClauseText, Force, Holder, Policy, Revision

    words = (
        "The District filters what is obscene or harmful to minors. Users must not use proxies to "
        "get around the filter, put the security of the network at risk, break copyright or seek "
        "out violent or illegal material. The District can and will monitor the use. Students "
        "use the network for school work during school hours."
    )
    since = date(2020, 8, 1)
    policy = Policy.objects.create(key="responsible-use", title="Responsible Use of Technology")
    revision = Revision.objects.create(
        policy=policy,
        no=1,
        effective_on=since,
        readings=[{"kind": "adopted", "on": since.isoformat()}],
        text=words,
        passages=[{"kind": "clause", "text": words, "clause": "FILTER-1"}],
    )
    clause = Clause.objects.create(policy=policy, key="FILTER-1")
    ClauseText.objects.create(
        clause=clause,
        revision=revision,
        order=1,
        section="Filter",
        official=words,
        plain=words,
        force=Force.MUST,
        holder=Holder.DISTRICT,
        valid_from=since,
    )
    return clause
