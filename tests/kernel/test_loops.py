"""The loops that are compiled find what the kernel finds; whole answers: node/dns/test_quick.py."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import numpy as np
import pytest

from hornbook.kernel import compiled, seating
from hornbook.kernel.judge import Kernel
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.seating import Seating, build_seating
from hornbook.kernel.tables import Seats, rules_of
from tests.kernel.helpers import store

if not compiled.available():
    pytest.skip("numba is not here", allow_module_level=True)

from hornbook.kernel.compiled import compiled as compile_
from hornbook.kernel.loops import seat_of

NETWORKS = (
    ("10.0.0.0/8", "a", "staff", ""),
    ("10.1.0.0/16", "b", "student", ""),
    ("10.1.2.3/32", "c", "staff", ""),
    ("255.255.255.255/32", "d", "staff", ""),
    ("2001:db8::/32", "e", "staff", ""),
    ("2001:db8:0:1::/64", "f", "student", ""),
    ("2001:db8:0:1:8000::/68", "g", "staff", ""),
)
WORD = (1 << 64) - 1


@compile_
def seat(seats: Seats, high: np.uint64, low: np.uint64) -> int:
    return seat_of(seats, high, low)


@pytest.fixture
def seated(tmp_path: Path, kernel: Kernel) -> Kernel:
    made = build_seating(NETWORKS, default_profile="student")
    part = open_part(store(tmp_path, encode_part(seating.KIND, *made)), seating.KIND)
    return Kernel(kernel.catalogue, kernel.rulebook, Seating(part))


def test_seats_are_those_of_the_seating_at_every_edge_of_a_network(seated: Kernel) -> None:
    for text, *_ in NETWORKS:
        network = ipaddress.ip_network(text)
        first, last = int(network.network_address), int(network.broadcast_address)
        most = (1 << network.max_prefixlen) - 1
        seats = rules_of(seated, seated.at(0), v6=network.version == 6).seats
        for number in {max(0, first - 1), first, last, min(last + 1, most), 0, most}:
            address = type(network.network_address)(number)
            found = seat(seats, np.uint64(number >> 64), np.uint64(number & WORD))
            assert found == seated.seating.by_address(str(address)), address
