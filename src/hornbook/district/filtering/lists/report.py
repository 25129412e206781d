"""What an import read and changed, for a person (text) and for a program (JSON)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from hornbook.district.filtering.lists.actions import Imported
from hornbook.district.filtering.lists.batch import Batch
from hornbook.district.filtering.lists.guards import REASONS, Tally
from hornbook.district.filtering.lists.survey import LeftOut

SHOWN_HELD = 5


def as_dict(batch: Batch, done: Imported, *, dry_run: bool) -> dict[str, Any]:
    """One object: ``lists``, ``popular``, ``refused``, ``left_out``,
    ``unknown_category``, ``totals``."""
    lists = [
        {
            "source": found.key,
            "category": found.category,
            "files": [str(file) for file in found.files],
            "formats": list(parsed.formats),
            "names": parsed.names_count,
            "urls": parsed.urls_count,
            "refused": _refusals(parsed.refused),
            "state": done.outcomes[found.key].state,
            "why": done.outcomes[found.key].why,
            "held_names": done.review.held.get(found.key, []),
        }
        for found, parsed in batch.lists
    ]
    popular = [
        {"source": key, "file": str(file), "names": parsed.names_count, "state": done.popular[key]}
        for key, file, parsed in batch.popular
    ]
    return {
        "dry_run": dry_run,
        "lists": lists,
        "popular": popular,
        "held_names": done.review.held,
        "released_names": done.review.released,
        "refused_files": [_left_out(item) for item in batch.refused],
        "left_out": [_left_out(item) for item in batch.left_out],
        "unknown_category": [found.key for found in batch.unknown],
        "totals": {
            "lists": len(lists),
            "names": sum(parsed.names_count for _, parsed in batch.lists),
            "urls": sum(parsed.urls_count for _, parsed in batch.lists),
            "refused": dict(_all_refused(batch)),
            "held_names": sum(map(len, done.review.held.values())),
            "waiting_names": done.waiting,
            "states": dict(Counter(outcome.state for outcome in done.outcomes.values())),
        },
    }


def as_text(report: dict[str, Any]) -> str:
    """The same as lines to read."""
    return "\n".join(_lines(report))


def _lines(report: dict[str, Any]) -> Iterator[str]:
    if report["dry_run"]:
        yield "Dry run: nothing is changed.\n"
    for entry in report["lists"]:
        yield from _list_lines(entry)
    for entry in report["popular"]:
        yield f"{entry['source']}: {entry['names']:,} popular names ({entry['state']})"
    yield from _held_lines("released, as another maker lists them too", report["released_names"])
    yield from _file_lines("Refused, nothing of it is used", report["refused_files"])
    yield from _file_lines("Not imported", report["left_out"])
    if unknown := report["unknown_category"]:
        yield f"Not imported, as no category is known for them: {', '.join(unknown)}."
        yield "    Import such a list by itself with --category KEY."
    yield _totals_line(report["totals"])
    if published := report.get("published"):
        yield f"Published {published['parts']}: {published['names']:,} distinct names in force."
    if error := report.get("publish_error"):
        yield f"Imported, but not published: {error}"


def _list_lines(entry: dict[str, Any]) -> Iterator[str]:
    urls = f", {entry['urls']:,} path rules" if entry["urls"] else ""
    yield (
        f"{entry['source']} → {entry['category']}: {entry['names']:,} names{urls} "
        f"({entry['state']}; read as {', '.join(dict.fromkeys(entry['formats']))})"
    )
    if entry["why"]:
        yield f"    {entry['why']}"
    for reason, told in entry["refused"].items():
        yield f"    refused {told['count']:,} × {REASONS[reason]}, first {told['examples'][0]}"
    if entry["held_names"]:
        yield f"    held for review, very popular: {_some(entry['held_names'])}"


def _held_lines(title: str, names: dict[str, list[str]]) -> Iterator[str]:
    for key, listed in names.items():
        yield f"{key}: {title}: {_some(listed)}"


def _file_lines(title: str, files: Iterable[dict[str, str]]) -> Iterator[str]:
    """Files by reason, so that sixty tables of one kind are one line."""
    by_reason: dict[str, list[str]] = {}
    for item in files:
        by_reason.setdefault(item["reason"], []).append(item["file"])
    for reason, paths in by_reason.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        where = "" if paths[0] in reason else f"{paths[0]}{more}: "
        yield f"{title}: {where}{reason}"


def _totals_line(totals: dict[str, Any]) -> str:
    states = ", ".join(f"{count} {state}" for state, count in totals["states"].items())
    refused = sum(totals["refused"].values())
    return (
        f"\n{totals['lists']} lists ({states or 'none'}): {totals['names']:,} names, "
        f"{totals['urls']:,} path rules, {refused:,} entries refused, "
        f"{totals['held_names']:,} more names held for review ({totals['waiting_names']:,} wait)."
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_HELD:,} more" if len(names) > SHOWN_HELD else ""
    return ", ".join(names[:SHOWN_HELD]) + more


def _refusals(tally: Tally) -> dict[str, Any]:
    return {
        reason: {"count": count, "examples": tally.examples[reason]}
        for reason, count in tally.counts.most_common()
    }


def _all_refused(batch: Batch) -> Counter[str]:
    total: Counter[str] = Counter()
    for _, parsed in batch.lists:
        total.update(parsed.refused.counts)
    return total


def _left_out(item: LeftOut) -> dict[str, str]:
    return {"file": str(item.file), "reason": item.reason}
