"""The small readers: PROXY headers, paths, ages of answers, certificates."""

from __future__ import annotations

import datetime
import socket
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from hornbook.instance import Instance, InstanceError, Settings
from hornbook.node.doh.clients import Crowd, octets
from hornbook.node.doh.dot import token_in
from hornbook.node.doh.freshness import max_age
from hornbook.node.doh.hpack import Head
from hornbook.node.doh.proxy import BadHeader, read_origin
from hornbook.node.doh.request import Refused, read_request
from hornbook.node.envoy import certificate

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def header(client: str = "192.0.2.1", name: bytes = b"T.DNS.example") -> bytes:
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    address = socket.inet_pton(family, client)
    tlv = struct.pack("!BH", 2, len(name)) + name
    body = address + address + struct.pack("!HH", 5, 853) + tlv
    mark = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + struct.pack("!BBH", 0x21, mark, len(body)) + body


@pytest.mark.parametrize("client", ["192.0.2.1", "2001:db8::1"])
def test_a_proxy_header_tells_client_and_name(client: str) -> None:
    found = read_origin(header(client) + b"rest")
    assert found is not None
    origin, used = found
    assert origin.client == octets(client.encode())
    assert origin.name == "t.dns.example"
    assert used == len(header(client))


def test_a_header_is_waited_for_to_its_end() -> None:
    whole = header()
    assert all(read_origin(whole[:n]) is None for n in range(len(whole)))


@given(st.binary(max_size=80), st.booleans())
def test_any_octets_are_a_header_or_none(data: bytes, signed: bool) -> None:
    with suppress(BadHeader):
        read_origin(SIGNATURE + data if signed else data)


def test_a_token_is_the_label_before_the_districts_name() -> None:
    assert token_in("abc.dns.example", "dns.example") == b"abc"
    for name in ("dns.example", "a.b.dns.example", "abc.other.example", "", "-"):
        assert token_in(name, "dns.example") == b""
    assert token_in("abc.", "") == b""


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_path_is_a_question_or_a_status(path: bytes, body: bytes) -> None:
    for method in (b"GET", b"POST"):
        with suppress(Refused):
            read_request(Head(method, b"/dns-query?dns=" + path, b"", b""), body)


def test_the_smallest_ttl_is_the_age() -> None:
    reply = dns.message.make_response(dns.message.make_query("a.example", "A", use_edns=0))
    assert max_age(reply.to_wire()) == 0
    reply.answer.append(dns.rrset.from_text("a.example.", 90, "IN", "CNAME", "b.example."))
    reply.answer.append(dns.rrset.from_text("b.example.", 30, "IN", "A", "192.0.2.1"))
    assert max_age(reply.to_wire()) == 30


def test_a_negative_answer_is_as_old_as_its_soa_allows() -> None:
    reply = dns.message.make_response(dns.message.make_query("a.example", "A"))
    soa = dns.rrset.from_text("example.", 900, "IN", "SOA", "a. b. 1 2 3 4 60")
    reply.authority.append(soa)
    assert max_age(reply.to_wire()) == 60


@given(st.binary(max_size=100))
def test_the_age_of_rubbish_is_nought_or_more(data: bytes) -> None:
    assert max_age(data) >= 0


def test_nobody_has_more_open_than_allowed() -> None:
    crowd = Crowd(2)
    assert [crowd.enter(b"a") for _ in range(3)] == [True, True, False]
    crowd.leave(b"a")
    assert crowd.enter(b"a")
    assert crowd.enter(b"b")


def names_of(folder: Path) -> list[str]:
    found = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return said.get_values_for_type(x509.DNSName)


def test_a_certificate_is_made_once_and_anew_for_a_new_name(tmp_path: Path) -> None:
    instance, settings = Instance(tmp_path), Settings()
    folder = certificate.settle(instance, settings)
    first = (folder / "server.pem").read_bytes()
    certificate.settle(instance, settings)
    assert (folder / "server.pem").read_bytes() == first
    authority = (folder / "ca.pem").read_bytes()
    certificate.settle(instance, replace(settings, dns_name="dns.example"))
    assert names_of(folder) == ["localhost", "dns.example", "*.dns.example"]
    assert (folder / "ca.pem").read_bytes() == authority


def test_it_is_made_anew_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance, settings = Instance(tmp_path), Settings()
    folder = certificate.settle(instance, settings)
    first = (folder / "server.pem").read_bytes()
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=370)
    monkeypatch.setattr(certificate, "_now", lambda: later)
    certificate.settle(instance, settings)
    assert (folder / "server.pem").read_bytes() != first


def test_the_districts_own_files_are_left_alone(tmp_path: Path) -> None:
    made = certificate.settle(Instance(tmp_path / "a"), Settings())
    own = Instance(tmp_path / "b")
    folder = own.folder("tls")
    for name in ("server.pem", "server.key"):
        (folder / name).write_bytes((made / name).read_bytes())
    certificate.settle(own, Settings(dns_name="other.example"))
    assert names_of(folder) == ["localhost"]
    assert not (folder / "ca.key").exists()
    (folder / "server.key").unlink()
    with pytest.raises(InstanceError, match=r"server\.key"):
        certificate.settle(own, Settings())
