"""The oracle, the batch kernel, ``explain`` and the DNS answer agree, name by name.

The ordinary run takes a small sample of the real lists. ``HORNBOOK_AGREEMENT=200000`` takes so
many names from whole lists (about a quarter of an hour; ``bench/RESULTS.md`` has the result).
The times of day are real: the same moment is morning, noon, evening and night in four zones.
"""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dns.edns
import dns.message
import dns.rcode
import numpy as np
import pytest

from hornbook.district.filtering.compiler import carried
from hornbook.district.filtering.explaining import chain
from hornbook.district.filtering.rewrites import rewrite_tables
from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import compiled
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import to_wire
from hornbook.kernel.wires import Wires
from hornbook.node.dns import discovery
from hornbook.node.dns.server import Server
from hornbook.node.partstore import PartStore
from tests.node.dns.conftest import running, until
from tests.reference.district import PROFILES, District, Lists, rules
from tests.reference.oracle import Oracle

FULL = int(os.environ.get("HORNBOOK_AGREEMENT", "0"))
COUNT = FULL or 1500
pytestmark = pytest.mark.timeout(3600 if FULL else 300)
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata")[
    : 5 if FULL else 3
]
MINUTES = (0, 7 * 60 + 59, 1440 + 12 * 60, 4 * 1440 + 23 * 60, 6 * 1440 + 1439)
SEATS = [(f"127.0.{n}.0/24", f"person-{n}", key, "north") for n, key in enumerate(PROFILES)]
NOTICE, OPEN = "192.0.2.80", "198.51.100.7"
CHUNK = 250


@pytest.fixture(scope="module")
def district(shared_data: Path) -> District:
    lists = Lists.real(shared_data / "domains", most=10**7 if FULL else 3000)
    return District(
        lists, rules(category for _, category, kind, _ in lists.sources if kind == "topic")
    )


@pytest.fixture(scope="module")
def oracle(district: District) -> Oracle:
    return district.oracle()


@pytest.fixture(scope="module")
def names(district: District) -> list[str]:
    return district.lists.sample(COUNT)


@pytest.fixture(scope="module")
def kernel(district: District, tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    store = PartStore(tmp_path_factory.mktemp("parts"))
    return store.load(district.publish(store, "UTC", SEATS))


def test_the_kernel_says_what_the_oracle_says(
    kernel: Kernel, oracle: Oracle, names: list[str]
) -> None:
    """Every name for every profile at five times of the week."""
    spoken: set[str] = set()
    for begin in range(0, len(names), CHUNK):
        some = names[begin : begin + CHUNK]
        wires = Wires.pack([to_wire(name) for name in some])
        holding = [oracle.holds_for(name) for name in some]
        for minute in MINUTES:
            slot = int(kernel.rulebook.week[minute])
            for profile in PROFILES:
                place = np.full(len(some), kernel.rulebook.profiles.index(profile))
                judged = kernel.judge_profiles(wires, place, slot)
                numbers = judged.verdict.tolist()
                for name, holds, number in zip(some, holding, numbers, strict=True):
                    verdict = kernel.verdict(number)
                    wanted = oracle.answer_for(holds, profile, minute)
                    told = verdict.action, verdict.rule
                    assert told == (wanted.action, wanted.rule), (name, profile, minute)
                spoken |= {kernel.verdict(number).rule for number in set(numbers)}
    assert {"", "protected", "locked-adult", "allow-list", "night", "safe-0"} <= spoken
    assert len(spoken) > 15  # the sample meets most of the rules


def test_explain_says_what_the_oracle_says(
    kernel: Kernel, oracle: Oracle, names: list[str]
) -> None:
    """One explanation a name; of some also the chain of rules, which must lead to the verdict."""
    rng, told_rules = random.Random(6), carried.read(kernel.rulebook.meta)
    for number, name in enumerate(names):
        profile, minute = rng.choice(PROFILES), rng.choice(MINUTES)
        found = explain(kernel, name, profile=profile, slot=int(kernel.rulebook.week[minute]))
        wanted = oracle.answer(name, profile, minute)
        assert (found.verdict.action, found.verdict.rule) == (wanted.action, wanted.rule), name
        assert set(found.categories) == oracle.holds_for(name), name
        if number % 20 == 0:
            steps = chain(told_rules, found, minute)
            assert wanted.rule in {"", *(step["rule"] for step in steps if step["fits"])}


class Upstream:
    """A resolver that gives every name one address, fast."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.sock.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(OPEN)
        while True:
            try:
                asked, sender = self.sock.recvfrom(4096)
            except OSError:
                return
            end = asked.index(b"\0", 12) + 5  # test names hold no NUL
            head = asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
            self.sock.sendto(head + asked[12:end] + record, sender)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    found = Upstream()
    yield found
    found.sock.close()


@dataclass(frozen=True)
class Seen:
    """What a client sees: response code, first address, EDE code and the clause that it names."""

    rcode: str
    address: str
    ede: int | None
    clause: str


def seen(reply: dns.message.Message) -> Seen:
    first = reply.answer[0][0].to_text() if reply.answer else ""
    errors = [option for option in reply.options if isinstance(option, dns.edns.EDEOption)]
    code = int(errors[0].code) if errors else None
    clause = (errors[0].text or "").partition(" ")[0] if code == 15 else ""
    return Seen(dns.rcode.to_text(reply.rcode()), first, code, clause)


TARGETS = {host: target for table in rewrite_tables().values() for host, target in table.items()}


def expected(oracle: Oracle, district: District, name: str, profile: str, minute: int) -> Seen:
    wanted = oracle.answer(name, profile, minute)
    rule = next((rule for rule in district.rules if rule.key == wanted.rule), None)
    if wanted.action == "block" and rule:
        notice = rule.answer == "notice"
        rcode = "NOERROR" if notice else "NXDOMAIN"
        return Seen(rcode, NOTICE if notice else "", 15, rule.key.upper())
    if wanted.action == "rewrite":
        target = TARGETS[name]
        address = target if target.replace(".", "").isdigit() else f"{target}."
        return Seen("NOERROR", address, 4, "")
    return Seen("NOERROR", OPEN, None, "")


@pytest.mark.parametrize("zone", ZONES)
def test_the_dns_answer_says_what_the_oracle_says(
    zone: str,
    tmp_path: Path,
    district: District,
    oracle: Oracle,
    names: list[str],
    upstream: Upstream,
) -> None:
    """Over the wire, at the seat of some profile: each zone takes its share of the names."""
    instance = Instance(tmp_path)
    ports = Ports(dns=0, notice=8080)
    instance.save(Settings(ports=ports, upstreams=(upstream.address,), notice_v4=NOTICE))
    district.publish(PartStore(instance.parts), zone, SEATS)
    canaries = {to_wire(name) for name in names} & set(discovery.CANARIES)
    asked = [name for name in names if to_wire(name) not in canaries]
    asked = asked[ZONES.index(zone) :: len(ZONES)]
    with running(instance, quick=compiled.available()) as server:
        until(lambda: bool(server.facts()["ready"]), 30)
        for number, begin in enumerate(range(0, len(asked), CHUNK)):
            profile = (number * 7 + ZONES.index(zone)) % len(PROFILES)
            some = asked[begin : begin + CHUNK]
            compare(server, some, PROFILES[profile], f"127.0.{profile}.1", zone, oracle, district)


def compare(
    server: Server,
    names: list[str],
    profile: str,
    source: str,
    zone: str,
    oracle: Oracle,
    district: District,
) -> None:
    before = minute_in(zone)
    replies = ask_all(server.port, names, source)
    minutes = {before, minute_in(zone)}
    for name, reply in zip(names, replies, strict=True):
        possible = {expected(oracle, district, name, profile, minute) for minute in minutes}
        assert seen(reply) in possible, (name, profile, zone, minutes)


def minute_in(zone: str) -> int:
    now = datetime.now(ZoneInfo(zone))
    return now.weekday() * 1440 + now.hour * 60 + now.minute


def ask_all(port: int, names: list[str], source: str) -> list[dns.message.Message]:
    """Ask for A with EDNS, all at once from one address; what is lost is asked again."""
    found: dict[int, bytes] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((source, 0))
        sock.settimeout(3)
        for _ in range(5):
            for mark in set(range(len(names))) - set(found):
                sock.sendto(
                    dns.message.make_query(names[mark], "A", use_edns=0, id=mark).to_wire(),
                    ("127.0.0.1", port),
                )
            try:
                while len(found) < len(names):
                    reply = sock.recv(4096)
                    if reply[3] & 15 != 2:  # a busy forwarder says SERVFAIL: asked again
                        found[int.from_bytes(reply[:2], "big")] = reply
            except TimeoutError:
                continue
            break
    assert len(found) == len(names), "some names were not answered"
    return [dns.message.from_wire(found[mark]) for mark in range(len(names))]
