"""DHCP leases of three servers, told as the same thing."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.node.seating.leases import FAR, Lease, NoLeases, read_leases

WANTED = Lease("10.1.2.3", "aabbcc001122", 1_790_000_000.0)

DNSMASQ = """1790000000 aa:bb:cc:00:11:22 10.1.2.3 laptop 01:aa:bb:cc:00:11:22
0 aa:bb:cc:00:11:33 10.1.2.4 * *
"""
KEA = """address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state
10.1.2.3,aa:bb:cc:00:11:99,,3600,1780000000,1,0,0,old,0,
10.1.2.3,aa:bb:cc:00:11:22,,3600,1790000000,1,0,0,new,0,
10.1.2.5,aa:bb:cc:00:11:55,,3600,1790000000,1,0,0,declined,1,
"""
ISC = """# The format of this file is documented in the dhcpd.leases(5) manual page.
lease 10.1.2.3 {
  starts 0 2026/09/21 01:00:00;
  ends 1 2026/09/21 14:13:20;
  binding state active;
  hardware ethernet AA:BB:CC:00:11:22;
}
lease 10.1.2.9 {
  ends never;
  binding state free;
  hardware ethernet aa:bb:cc:00:11:99;
}
"""


@pytest.mark.parametrize("text", [DNSMASQ, KEA, ISC])
def test_three_servers_say_the_same(text: str) -> None:
    assert read_leases(text)["10.1.2.3"] == WANTED


def test_a_lease_without_an_end_stays_and_one_that_is_over_goes() -> None:
    assert read_leases(DNSMASQ)["10.1.2.4"].ends == FAR
    assert set(read_leases(KEA)) == {"10.1.2.3"}
    assert set(read_leases(ISC)) == {"10.1.2.3"}


def test_an_empty_file_has_no_leases_and_a_strange_one_is_refused() -> None:
    assert read_leases("\n") == {}
    with pytest.raises(NoLeases, match="hello"):
        read_leases("hello world\n")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for told in (text, DNSMASQ + text, KEA + text, ISC + text):
        with contextlib.suppress(NoLeases):
            assert all(lease.ends > 0 for lease in read_leases(told).values())
