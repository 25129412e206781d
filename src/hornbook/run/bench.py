"""``hornbook bench NAME [--json]``: run one benchmark of ``bench/`` and print every bar."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from hornbook.instance import Instance, InstanceError

HELP = "measure speed beside the peers"
ROOT = Path(__file__).resolve().parents[3]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=names(), help="which benchmark")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="options of that benchmark")


def names() -> list[str]:
    """The benchmarks that stand in ``bench/`` of the checkout."""
    return sorted(path.stem for path in (ROOT / "bench").glob("*.py") if path.stem != "__init__")


def run(args: argparse.Namespace, instance: Instance) -> int:
    """Exit code 0 when every measured bar holds, 1 when one does not."""
    if not (ROOT / "bench").is_dir():
        raise InstanceError("The benchmarks are in the source tree; run this from a checkout.")
    sys.path.insert(0, str(ROOT))
    module = importlib.import_module(f"bench.{args.name}")
    parser = argparse.ArgumentParser(prog=f"hornbook bench {args.name}")
    parser.add_argument("--json", action="store_true")
    module.configure(parser)
    options = parser.parse_args(args.rest)
    result: dict[str, Any] = module.run(options)
    result["machine"] = {**machine(), **result.get("machine", {})}
    print(json.dumps(result, indent=2) if args.json or options.json else as_text(result))
    return 0 if all(bar["ok"] is not False for bar in result["bars"]) else 1


def machine() -> dict[str, Any]:
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def as_text(result: dict[str, Any]) -> str:
    lines = [f"bench {result['bench']}", ""]
    lines += [_bar_line(bar) for bar in result["bars"]]
    lines += ["", "peers and details"]
    lines += [f"  {name}: {value}" for name, value in result.get("peers", {}).items()]
    return "\n".join([*lines, "", f"machine: {result['machine']}"])


def _bar_line(bar: dict[str, Any]) -> str:
    verdict = {True: "ok", False: "MISSED", None: "not measured"}[bar["ok"]]
    return f"  {verdict:12} {bar['name']}: {bar['value']} (bar {bar['bar']})"
