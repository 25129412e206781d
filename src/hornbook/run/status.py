"""``hornbook status``: parts, health, versions and ages, for people and as JSON."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from hornbook import __version__
from hornbook.instance import Instance

HELP = "parts, health, versions and ages"
STALE_SECONDS = 10.0
OF_A_CONSOLE = ("postgres", "dns", "notice", "console", "worker")
WHERE_THERE_IS_ENVOY = ("doh", "envoy", "proxy", "content", "proxy-envoy")
OF_A_NODE = ("dns", "notice", "sync")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """Exit code 0 when everything serves, 1 when something does not."""
    found = status(instance)
    print(json.dumps(found, indent=2, default=str) if args.json else as_text(found))
    return 0 if found["ready"] else 1


def status(instance: Instance, now: float | None = None) -> dict[str, Any]:
    """What runs, read from the heartbeats; ``ready`` is true once everything serves."""
    now = time.time() if now is None else now
    up = instance.heartbeat("up")
    alive = up is not None and now - up["at"] < STALE_SECONDS
    return {
        "ready": bool(alive and up and up["ready"]),
        "running": alive,
        "version": __version__,
        "data": str(instance.root),
        "parts": _parts(instance, up if alive else None, now),
        "published": _published(instance, now),
    }


def _parts(instance: Instance, up: dict[str, Any] | None, now: float) -> dict[str, Any]:
    """Every part's facts; a part is only ready when ``up`` runs and says so."""
    children = dict(up["children"]) if up else {}
    if up and "database" in up:
        children["postgres"] = {"running": True, **up["database"]}
    found: dict[str, Any] = {}
    usual = OF_A_NODE if instance.settings().parts_from else OF_A_CONSOLE
    for name in (*usual, *(name for name in WHERE_THERE_IS_ENVOY if name in children)):
        facts = dict(children.get(name, {"running": False, "ready": False}))
        beat = instance.heartbeat(name)
        if beat is not None:
            facts["heartbeat_age"] = round(now - beat["at"], 1)
            facts["facts"] = {k: v for k, v in beat.items() if k not in {"part", "pid", "at"}}
        found[name] = facts
    return found


def _published(instance: Instance, now: float) -> dict[str, Any] | None:
    path = instance.root / "parts" / "current.json"
    try:
        body: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return {**body, "age": round(now - path.stat().st_mtime, 1)}


def as_text(found: dict[str, Any]) -> str:
    state = "ready" if found["ready"] else "not ready" if found["running"] else "not running"
    lines = [f"Hornbook {found['version']} on {found['data']}: {state}", ""]
    for name, facts in found["parts"].items():
        word = "serves" if facts["ready"] else "starting" if facts["running"] else "down"
        restarts = f", restarted {facts['restarts']} times" if facts.get("restarts") else ""
        problem = (facts.get("facts") or {}).get("problem")
        lines.append(f"  {name:11} {word}{restarts}{f'; {problem}' if problem else ''}")
    published = found["published"]
    lines.append("")
    lines.append(_published_line(published))
    return "\n".join(lines)


def _published_line(published: dict[str, Any] | None) -> str:
    if published is None:
        return "  Nothing is published yet: import a policy and lists, then run “hornbook publish”."
    hashes = " · ".join(
        f"{kind} {published[kind][:12]}"
        for kind in ("catalogue", "rulebook", "seating")
        if isinstance(published.get(kind), str)
    )
    return f"  published {age(published['age'])} ago: {hashes}"


def age(seconds: float) -> str:
    """``40 s``, ``12 min``, ``5 h`` or ``3 days``."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
