"""``hornbook node --from URL``: a node without a console, a database or Django."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from types import FrameType

from hornbook.instance import Instance, InstanceError, Ports, Settings
from hornbook.node.sync.sources import check_source, open_source
from hornbook.node.sync.token import checked, read_token, save_token
from hornbook.run.parts import node_parts, sync_part
from hornbook.run.supervisor import Supervisor
from hornbook.run.up import only_one, port_number, refuse_taken_ports, say, stop_leftovers

HELP = "filter here by the parts of a console elsewhere"
LOOK_EVERY = 0.25


def configure(parser: argparse.ArgumentParser) -> None:
    defaults = Settings()
    parser.add_argument(
        "--from", dest="parts_from", metavar="URL", help="https://CONSOLE/parts/, or a folder"
    )
    parser.add_argument("--token-file", metavar="FILE", help="the node's token (- : from input)")
    parser.add_argument("--name", help=f"of this node, in the record (default {defaults.node})")
    parser.add_argument("--site", metavar="KEY", help="where it stands")
    parser.add_argument("--dns", type=port_number, metavar="PORT", help="for questions")
    parser.add_argument("--notice", type=port_number, metavar="PORT", help="of the notice page")
    parser.add_argument("--bind", metavar="ADDRESS", help="listen here (default 127.0.0.1)")
    parser.add_argument("--notice-v4", metavar="ADDRESS", help="what blocked names resolve to")
    parser.add_argument("--notice-v6", metavar="ADDRESS", help="the same for IPv6")
    parser.add_argument(
        "--upstream", action="append", metavar="ADDRESS", help="a resolver; may be repeated"
    )


def run(args: argparse.Namespace, instance: Instance) -> int:
    before = instance.settings()
    settings = chosen_settings(args, before)
    check_source(settings.parts_from)
    if instance.postgres.exists() and not before.parts_from:
        raise InstanceError(f"{instance.root} is a console's folder. Give the node its own --data.")
    token = _token_in(args.token_file) if args.token_file else read_token(instance)
    if args.parts_from:  # says now what cannot work; later, an outage must not stop a start
        open_source(settings.parts_from, token)
    with only_one(instance):
        stop_leftovers(instance)
        refuse_taken_ports(settings, parts=("dns", "notice"))
        save_token(instance, token)
        instance.save(settings)
        return _Node(instance, settings).run()


def chosen_settings(args: argparse.Namespace, before: Settings) -> Settings:
    """What the flags say, else what the folder remembers."""
    ports = {field.name: getattr(args, field.name, None) for field in fields(Ports)}
    given = {
        "parts_from": args.parts_from and _absolute(args.parts_from),
        "node": args.name,
        "site": args.site,
        "bind": args.bind,
        "notice_v4": args.notice_v4,
        "notice_v6": args.notice_v6,
        "upstreams": tuple(args.upstream or ()),
        "ports": replace(before.ports, **{name: port for name, port in ports.items() if port}),
    }
    return replace(before, **{name: value for name, value in given.items() if value})


def _absolute(where: str) -> str:
    """A folder is remembered by its full path."""
    return where if "://" in where else str(Path(where).expanduser().resolve())


def _token_in(name: str) -> str:
    try:
        return checked(sys.stdin.read() if name == "-" else Path(name).read_text())
    except (OSError, ValueError) as error:
        raise InstanceError(f"The token in {name} cannot be read: {error}.") from error


class _Node:
    """One run of a node: its three parts under a supervisor, until told to stop."""

    def __init__(self, instance: Instance, settings: Settings) -> None:
        self.instance, self.settings = instance, settings
        self.supervisor = Supervisor(instance, say)
        self.asked_to_stop = False

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        try:
            self.supervisor.add([*node_parts(self.instance), sync_part(self.instance)])
            self._watch()
            return 0
        finally:
            say("stopping …")
            self.supervisor.stop()
            (self.instance.run / "up.json").unlink(missing_ok=True)
            say("stopped.")

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def _watch(self) -> None:
        told = False
        while not self.asked_to_stop:
            self.supervisor.tick()
            ready = self.supervisor.all_ready()
            self.instance.beat("up", ready=ready, children=self.supervisor.facts())
            if ready and not told:
                say(self._started())
                told = True
            time.sleep(LOOK_EVERY)

    def _started(self) -> str:
        settings = self.settings
        return (
            f"{settings.node} is up: DNS on {settings.bind} port {settings.ports.dns}, "
            f"notice page on port {settings.ports.notice}, parts from {settings.parts_from}"
        )
