"""Which seat follows from certificate, credentials and address, and what of it can be believed."""

from __future__ import annotations

import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.seating import KIND, Key, Seat, Seating, build_seating, login_digest
from hornbook.node.partstore import PartStore
from hornbook.node.proxy.negotiate import open_acceptor
from hornbook.node.proxy.who import read_who, seats_of, token_in

NOW = 1_000_000.0
ANN, BEN = Seat("ann", "teacher", "north"), Seat("ben", "student", "north")
KIOSK, CART = Seat("", "student", "kiosk"), Seat("", "student", "cart")
TOKENS = {"ann-token": ANN, "kiosk-token": KIOSK}
CERTIFICATES = {"ben-laptop": BEN, "cart-7": CART}
HERE = "10.0.0.1"  # Ben's by address


@pytest.fixture
def seating(tmp_path: Path) -> Seating:
    ended = Key(sha256(b"ended").digest(), BEN, int(NOW))
    known = [Key(sha256(name.encode()).digest(), seat) for name, seat in CERTIFICATES.items()]
    meta, arrays = build_seating(
        [(HERE, "ben", "student", "north")],
        default_profile="guest",
        tokens=[Key(sha256(word.encode()).digest(), seat) for word, seat in TOKENS.items()],
        certificates=[*known, ended],
        logins=[Key(login_digest("ann@DISTRICT.EXAMPLE"), ANN)],
    )
    store = PartStore(tmp_path)
    return Seating(open_part(store.path(store.put(encode_part(KIND, meta, arrays))), KIND))


def found(seating: Seating, door: str = "", login: str = "", token: str = "") -> str:
    """The person or else the site that is taken for the one who asks from Ben's address."""
    fingerprint = sha256(door.encode()).hexdigest() if door not in ("", "tls", "bad") else door
    credentials = "Basic " + b64encode(f"device:{token}".encode()).decode() if token else ""
    who = read_who(f"{HERE}|{fingerprint}|{login}|{credentials}")
    seat = seating.seats[int(seats_of(seating, [who], NOW)[0])]
    return seat.person or seat.site or "nobody"


@pytest.mark.parametrize(
    ("door", "login", "token", "who"),
    [
        ("", "", "", "ben"),
        ("tls", "", "", "ben"),
        ("", "", "ann-token", "ann"),
        ("", "", "kiosk-token", "kiosk"),
        ("", "", "unknown", "nobody"),
        ("tls", "ann@DISTRICT.EXAMPLE", "", "ann"),
        ("tls", "Ann@DISTRICT.EXAMPLE", "", "ann"),
        ("tls", "ann@district.example", "", "nobody"),
        ("tls", "ann@ELSEWHERE.EXAMPLE", "", "nobody"),
        ("ben-laptop", "", "", "ben"),
        ("ben-laptop", "", "ann-token", "ben"),
        ("ben-laptop", "ann@DISTRICT.EXAMPLE", "", "ben"),
        ("ben-laptop", "", "unknown", "ben"),
        ("cart-7", "", "", "cart"),
        ("cart-7", "", "ann-token", "ann"),
        ("cart-7", "ann@DISTRICT.EXAMPLE", "", "ann"),
        ("cart-7", "", "kiosk-token", "cart"),
        ("cart-7", "", "unknown", "cart"),
        ("bad", "", "", "nobody"),
        ("bad", "", "ann-token", "ann"),
        ("revoked", "", "", "nobody"),
        ("revoked", "", "kiosk-token", "kiosk"),
        ("ended", "", "", "nobody"),
    ],
)
def test_the_stronger_decides(
    seating: Seating, door: str, login: str, token: str, who: str
) -> None:
    assert found(seating, door, login, token) == who


def test_what_is_no_secret_is_no_token(seating: Seating) -> None:
    """Everybody may see a certificate and know a login: neither opens anything as a password."""
    for public in ("ben-laptop", "ann@DISTRICT.EXAMPLE"):
        assert found(seating, token=public) == "nobody"
    assert found(seating, login="ann-token") == "nobody"
    assert found(seating, door="ann-token") == "nobody"


@pytest.mark.parametrize("told", ["", "10.0.0.1", "10.0.0.1|ab||", "10.0.0.1|x||", "x|||", "|||"])
def test_what_our_envoy_would_not_say_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|such door|fromhex|address"):
        read_who(told)


def test_a_ticket_that_was_not_taken_leaves_nobody(seating: Seating) -> None:
    who = read_who(f"{HERE}|tls||Negotiate YII=")
    assert (who.ticket, who.shows) == ("YII=", True)
    assert seats_of(seating, [who], NOW).tolist() == [0]


def test_a_keytab_without_the_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gssapi", None)
    with pytest.raises(InstanceError, match=r"requirements/kerberos\.txt"):
        open_acceptor(Instance(tmp_path), Settings(kerberos_keytab="secrets/proxy.keytab"))


@pytest.mark.parametrize(
    ("said", "token"), [("user:secret", "secret"), ("secret:", "secret"), ("secret", "secret")]
)
def test_a_token_is_the_password_or_the_name(said: str, token: str) -> None:
    assert token_in("Basic " + b64encode(said.encode()).decode()) == token.encode()


@pytest.mark.parametrize("credentials", ["", "Basic", "Basic !!!", "Bearer abc", "Basic é"])
def test_what_holds_no_token(credentials: str) -> None:
    assert token_in(credentials) == b""
