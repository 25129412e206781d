"""The real node under packets that nobody should send."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import compiled
from hornbook.node.dns.server import Server
from tests.node.dns.conftest import ADULT, ask, publish, running, until
from tests.node.dns.packets import MALFORMED, mutated, packet

LARGEST = 1232


def replies(node: Server, packets: list[bytes]) -> dict[bytes, bytes]:
    """Send packets one by one; the reply of each that has one. Good questions follow each."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", node.port))
        sock.settimeout(5)
        for number, sent in enumerate(packets):
            sock.send(sent)
            last = number.to_bytes(2, "big")
            for _ in range(2):  # what is odd may be answered behind the first of them
                sock.send(last + packet(b"\x05adult\x07example\0")[2:])
                while (reply := sock.recv(4096))[:2] != last or reply[7] != 1:
                    found[sent] = reply
    return found


@pytest.fixture(scope="module", params=["compiled", "recvmmsg", "portable"])
def hardened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One node for all of this file, whose upstream is dead."""
    instance = Instance(tmp_path_factory.mktemp("node"))
    instance.save(Settings(ports=Ports(dns=0), upstreams=("127.0.0.1:9",)))
    publish(instance.parts)
    quick = request.param == "compiled"
    if quick and not compiled.available():
        pytest.skip("numba is not here")
    with running(instance, portable=request.param == "portable", quick=quick) as server:
        yield server


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_packets_leave_the_node_answering(hardened: Server, name: str) -> None:
    sent = MALFORMED[name]
    reply = replies(hardened, [sent]).get(sent, b"")
    assert len(reply) <= len(sent)
    assert ask(hardened, ADULT).answer


@settings(max_examples=60, deadline=None)
@given(packets=st.lists(mutated(), min_size=1, max_size=10))
def test_mutated_packets_never_silence_it_and_never_draw_large_replies(
    hardened: Server, packets: list[bytes]
) -> None:
    for sent, reply in replies(hardened, packets).items():
        assert len(reply) <= LARGEST
        if reply[3] & 15 in (1, 4, 5):  # refused: no amplifier
            assert len(reply) <= len(sent)


def test_a_flood_of_rubbish_does_not_grow_its_memory(hardened: Server) -> None:
    rubbish = [*MALFORMED.values()] * 40

    def flood() -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for sent in rubbish:
                sock.sendto(sent, ("127.0.0.1", hardened.port))
        time.sleep(0.1)
        return int(psutil.Process().memory_info().rss)

    ask(hardened, ADULT)
    until(lambda: hardened.facts()["recorded"] > 0)  # the first segment loads what sealing needs
    flood()
    before = flood()
    for _ in range(5):
        after = flood()
    assert after - before < 8 << 20
    assert ask(hardened, ADULT).answer
