import re

import pytest

from hornbook.node.notice.asks import client_network, new_receipt


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_who_shares_a_limit(client: str, network: str) -> None:
    assert client_network(client) == network


def test_a_receipt_can_be_read_out_loud() -> None:
    receipts = {new_receipt() for _ in range(100)}
    assert len(receipts) == 100
    pattern = "[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{2}"
    assert all(re.fullmatch(pattern, receipt) for receipt in receipts)
