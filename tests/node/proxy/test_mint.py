"""Which names get a certificate, how many, and what Envoy is told."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from hornbook.instance import Instance
from hornbook.node.envoy.protobuf import field, inside, read
from hornbook.node.proxy import authority
from hornbook.node.proxy.mint import KIND, PATH, Mint
from hornbook.node.proxy.names import BURST, Names

ME, OTHER = b"\x01" * 16, b"\x02" * 16


class Envoy:
    """The other end of the call: what it was told, name by name."""

    def __init__(self, mint: Mint) -> None:
        self.held: dict[str, bytes] = {}
        self.versions: dict[str, str] = {}
        self.removed: list[str] = []
        call = mint.open(PATH, self._told)
        assert call is not None
        self.call = call

    def ask(self, *names: str, has: dict[str, str] | None = None) -> None:
        known = [field(5, field(1, name), field(2, mark)) for name, mark in (has or {}).items()]
        wanted = [field(3, name) for name in names]
        self.call.take(b"".join([field(2, KIND), *wanted, *known]))

    def _told(self, message: bytes) -> None:
        for resource in inside(message, 2):
            (name,) = inside(resource, 3)
            (version,) = inside(resource, 1)
            (chain,) = inside(resource, 2, 2, 2, 1, 2)
            self.held[name.decode()], self.versions[name.decode()] = chain, version.decode()
        for number, value in read(message):
            if number == 6 and isinstance(value, bytes):
                self.removed.append(value.decode())


def test_only_names_that_a_verdict_let_in_get_a_certificate(tmp_path: Path) -> None:
    names = Names()
    mint = Mint(authority.settle(Instance(tmp_path)), names)
    envoy = Envoy(mint)
    assert names.use("a.example", ME)
    envoy.ask("a.example", "b.example", "no-name")
    assert set(envoy.held) == {"a.example"}
    assert envoy.removed == ["b.example", "no-name"]
    assert mint.open("/another.service", lambda _: None) is None


def test_the_least_recently_used_name_leaves(tmp_path: Path) -> None:
    names = Names(most=2)
    envoy = Envoy(Mint(authority.settle(Instance(tmp_path)), names))
    for name in ("a.example", "b.example"):
        names.use(name, ME)
        envoy.ask(name)
    names.use("a.example", ME)
    names.use("c.example", ME)
    assert envoy.removed == ["b.example"]
    envoy.ask("b.example")
    assert envoy.removed == ["b.example", "b.example"]


def test_one_client_brings_only_so_many_new_names() -> None:
    now = [0.0]
    names = Names(clock=lambda: now[0])
    allowed = [names.use(f"n{number}.example", ME) for number in range(BURST + 5)]
    assert allowed == [True] * BURST + [False] * 5
    assert names.use("n0.example", ME)  # it is no new one
    assert names.use("other.example", OTHER)
    now[0] = 1.0
    assert names.use("later.example", ME)


def test_another_authority_makes_all_certificates_anew(tmp_path: Path) -> None:
    instance, names = Instance(tmp_path), Names()
    mint = Mint(authority.settle(instance), names)
    envoy = Envoy(mint)
    names.use("a.example", ME)
    envoy.ask("a.example")
    before = envoy.held["a.example"]
    mint.renew()
    assert envoy.held["a.example"] == before
    authority.prepare_next(instance)
    new = authority.put_next_in_force(instance)
    mint.renew(authority.settle(instance))
    _, issuer = x509.load_pem_x509_certificates(envoy.held["a.example"])
    assert issuer == new


def test_what_envoy_holds_already_is_not_made_again_after_a_restart(tmp_path: Path) -> None:
    """The judging process ended and began anew; Envoy calls and says what it has."""
    instance = Instance(tmp_path)
    names = Names()
    first = Envoy(Mint(authority.settle(instance), names))
    names.use("a.example", ME)
    first.ask("a.example")
    mint = Mint(authority.settle(instance), Names())
    second = Envoy(mint)
    second.ask("a.example", "b.example", has=first.versions | {"b.example": "older.1"})
    assert set(second.held) == {"b.example"}
    assert not second.removed
    assert mint.minted == 1
