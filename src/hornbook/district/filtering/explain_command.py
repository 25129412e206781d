"""``hornbook explain``: why a person gets a verdict, rule by rule."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from hornbook.district.filtering.actions import record_look
from hornbook.district.filtering.explaining import ExplainError, explain_for
from hornbook.district.filtering.subjects import find_subject
from hornbook.district.ledger.actions import command_line_actor
from hornbook.instance import Instance

HELP = "why a person gets a verdict"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="a domain name, an address or a whole URL")
    parser.add_argument(
        "--person",
        metavar="ID",
        required=True,
        help="key, e-mail or sourced id of a person, or the address of a seat",
    )
    parser.add_argument(
        "--at", metavar="TIME", help="such as 2026-11-23T10:00, district time (default now)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    subject = find_subject(args.person)
    told = explain_for(subject.person, args.target, read_time(args.at), address=subject.address)
    if subject.person:
        record_look(
            actor=command_line_actor(),
            person=subject.person,
            name=told["target"]["name"],
            clause=told["verdict"]["clause"],
        )
    print(json.dumps(told, indent=2, ensure_ascii=False) if args.json else as_text(told))
    return 0


def read_time(text: str | None) -> datetime:
    """ISO 8601, in district time unless it names a zone; now for nothing. Raises ExplainError."""
    if not text:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ExplainError(f"“{text}” is no time; write it like 2026-11-23T10:00.") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)


def as_text(told: dict[str, Any]) -> str:
    """The chain of reasons for a terminal, one line a step."""
    verdict, who = told["verdict"], told["person"]
    lines = [
        f"{told['target']['name']}: {verdict['action']}{_as(told['answered_as'])}",
        f"for {who['label']}, profile “{who['profile_name']}”, {told['local_time']}",
        *(f"  {read['name']}: {read['why']}" for read in who["why"]),
        who["note"],
        told["target"]["note"],
        _listed(told),
        *(f"  {_step(step)}" for step in told["steps"]),
        *_unread(told),
        *_words(told),
        *_page(told["page"]),
        "parts: " + ", ".join(f"{kind} {part[:12]}" for kind, part in told["parts"].items()),
    ]
    return "\n".join(line for line in lines if line)


def _as(target: str) -> str:
    return f", answered as {target}" if target else ""


def _page(page: dict[str, Any] | None) -> list[str]:
    """What the proxy makes of the page itself."""
    if not page:
        return []
    if not page["path"]:
        return [page["note"]]
    return [
        page["note"],
        f"{page['path']}: {page['verdict']['action']}",
        _listed(page),
        *(f"  {_step(step)}" for step in page["steps"]),
        *_unread(page),
        *_words(page),
    ]


def _listed(told: dict[str, Any]) -> str:
    if not told["matched"]:
        return str(told["looks"])
    categories = ", ".join(category["name"] for category in told["categories"])
    sources = ", ".join(source["key"] for source in told["sources"])
    return f"listed as {told['matched']}: {categories} ({sources})"


def _step(step: dict[str, Any]) -> str:
    lock = ", locked" if step["locked"] else ""
    sign = "→" if step["fits"] else "·"
    return f"{sign} {step['rule']} ({step['clause']}{lock}): {step['why']}"


def _unread(told: dict[str, Any]) -> list[str]:
    if told["steps"][-1]["fits"]:
        return [f"  {told['unread']} more rules were not needed"] if told["unread"] else []
    return ["  no rule fits: open by default"]


def _words(told: dict[str, Any]) -> list[str]:
    verdict = told["verdict"]
    if not verdict["clause"]:
        return []
    opens = f"may be opened by: {told['override']}" if told["override"] else ""
    return [
        f"{verdict['clause']}, revised {verdict['revised_on']}: “{verdict['official']}”",
        f"basis: {told['basis']['label']}. {told['basis']['words']} ({told['basis']['citation']})",
        opens,
    ]
