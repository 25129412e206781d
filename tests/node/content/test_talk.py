"""The exchange with Envoy, message by message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hornbook.node.content import words
from hornbook.node.content.talk import Desk, Seen, Talk
from hornbook.node.content.words import BODY, HEADERS, hear
from hornbook.node.envoy.protobuf import field, inside, read
from hornbook.scan.finding import ALLOW, NOT_CHECKED, Scanned

HTML = {":status": "200", "content-type": "text/html"}
GO_ON_HEAD, GO_ON_BODY = words.go_on(HEADERS), words.go_on(BODY)


def struct(pairs: Mapping[str, str]) -> bytes:
    return b"".join(field(1, field(1, k), field(2, field(3, v))) for k, v in pairs.items())


def head(headers: Mapping[str, str], *, way: str = "straight", last: bool = False) -> bytes:
    """What Envoy says of the head of an answer."""
    told = b"".join(field(1, field(1, k), field(3, v)) for k, v in headers.items())
    part = field(1, told) + (b"\x18\x01" if last else b"")
    metadata = field(8, field(1, field(1, "hornbook"), field(2, struct({"way": way}))))
    attributes = field(9, field(1, "x"), field(2, struct({"request.host": "looked.test:443"})))
    return field(HEADERS, part) + metadata + attributes


def body(octets: bytes, *, last: bool = True) -> bytes:
    return field(BODY, field(1, octets) + (b"\x10\x01" if last else b""))


class Told(Desk):
    """Looks at nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.looked: list[Seen] = []
        self.decided: list[Seen] = []

    def look(self, seen: Seen, done: Callable[[Scanned], None]) -> None:
        self.looked.append(seen)
        done(Scanned(ALLOW, "test"))

    def decide(self, seen: Seen) -> bytes:
        self.decided.append(seen)
        return b""


def exchange(*messages: bytes) -> tuple[Told, list[bytes]]:
    desk, said = Told(), list[bytes]()
    talk = Talk(desk, said.append)
    for message in messages:
        talk.take(message)
    return desk, said


def test_a_page_is_held_and_looked_at() -> None:
    desk, said = exchange(head(HTML), body(b"<p>hello"))
    assert [seen.body for seen in desk.looked] == [b"<p>hello"]
    assert desk.looked[0].host == "looked.test:443"
    mode = dict(read(next(inside(said[0], 9))))
    assert mode[4] == 3  # the body of the answer, held up to Envoy's bound
    assert said[1] == GO_ON_BODY


def test_a_download_goes_by_and_is_not_checked() -> None:
    desk, said = exchange(head({":status": "200", "content-type": "application/zip"}))
    assert said == [GO_ON_HEAD]
    assert desk.decided[0].scanned.verdict == NOT_CHECKED
    assert desk.decided[0].scanned.reason == "no scanner for application/zip"


def test_what_we_say_ourselves_and_what_has_no_body_goes_by() -> None:
    for message in (head(HTML, way=""), head(HTML, last=True), head({":status": "304"})):
        desk, said = exchange(message)
        assert said == [GO_ON_HEAD]
        assert not desk.decided


def test_a_part_of_a_file_and_an_unknown_packing_are_not_checked() -> None:
    desk, _ = exchange(head(HTML | {":status": "206"}))
    assert desk.decided[0].scanned.reason == "a part of a file"
    desk, said = exchange(head(HTML | {"content-encoding": "br"}), body(b"x"))
    assert desk.decided[0].scanned.reason == "packed with br"
    assert said[-1] == GO_ON_BODY


def test_the_start_of_a_long_text_is_looked_at_but_not_a_part_of_a_picture() -> None:
    desk, said = exchange(head(HTML), body(b"<p>long", last=False), body(b"rest"))
    assert [seen.body for seen in desk.looked] == [b"<p>long"]
    assert said[1:] == [GO_ON_BODY, GO_ON_BODY]
    picture = {":status": "200", "content-type": "image/png"}
    desk, _ = exchange(head(picture), body(b"\x89PNG", last=False))
    assert desk.decided[0].scanned.reason == "too large to be held"


def test_what_is_no_message_is_not_answered() -> None:
    _, said = exchange(b"\xff\xff", b"")
    assert said == []


def test_what_is_said_can_be_read_again() -> None:
    refused = words.refuse(403, {"content-type": "text/html"}, b"closed")
    (part,) = inside(refused, 7)
    assert dict(read(next(inside(part, 1))))[1] == 403
    assert list(inside(part, 3)) == [b"closed"]
    assert list(inside(part, 2, 1, 1, 1)) == [b"content-type"]
    assert list(inside(words.instead(b"new", {}), 4, 1, 3, 1)) == [b"new"]
    assert hear(head(HTML, last=True)).last
