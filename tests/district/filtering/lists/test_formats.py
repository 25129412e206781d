"""Each format by example: what is taken, what is refused, and how it is recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.filtering.lists.formats import FORMATS, detect, harvest_lines
from hornbook.kernel.names import normalise

PLAIN = """# a comment
! another
; and another
a.example
B.Example   # said twice
c.example.

*.d.example
com
192.0.2.7
e.example/path
"""
HOSTS = """127.0.0.1 localhost
127.0.0.1 localhost.localdomain
::1 ip6-localhost
255.255.255.255 broadcasthost
0.0.0.0 0.0.0.0
0.0.0.0 a.example
127.0.0.1\tb.example c.example # two at once
0.0.0.0 com d.example
:: e.example
93.184.216.34 real.example
"""
ADBLOCK = """[Adblock Plus 2.0]
! Title: a list
||a.example^
||B.example^
||*.c.example^
||d.example^$third-party
||e.example/path^
@@||f.example^
g.example##.banner
##.everywhere
||h*.example^
||com^
/banner[0-9]+/
"""
V2FLY = """# comment
domain:a.example
full:b.example
c.example
domain:d.example @ads &list
regexp:(^|\\.)e[0-9]\\.example$
keyword:bet
include:other
domain:com
"""
URLS = """http://a.example/login?x=Y
https://B.example/
https://user:secret@c.example/Path#part
d.example
e.example:8080/admin
f.example:443/
http://192.0.2.7/~home
docs.example/d/1
ftp://g.example
h.example/?q=1
not a url at all/
"""
RPZ = """$TTL 60
@ IN SOA localhost. root.localhost. 1 3600 600 86400 60
@ IN NS localhost.
a.example CNAME .
*.a.example CNAME .
b.example 60 IN CNAME *.
c.example IN CNAME rpz-passthru.
d.example IN CNAME walled.example.
e.example IN A 192.0.2.7
"""


@pytest.mark.parametrize(
    ("key", "text", "names", "urls", "refused"),
    [
        (
            "domains",
            PLAIN,
            "a b c d",
            ["e.example/path"],
            {"single-label": 1, "ip-address": 1},
        ),
        ("hosts", HOSTS, "a b c d e", [], {"single-label": 1, "not-a-block": 1}),
        (
            "adblock",
            ADBLOCK,
            "a b c",
            [],
            {"not-plain": 4, "exception": 1, "cosmetic": 2, "single-label": 1},
        ),
        (
            "v2fly",
            V2FLY,
            "a b c d",
            [],
            {"regexp": 1, "keyword": 1, "include": 1, "single-label": 1},
        ),
        (
            "urls",
            URLS,
            "b d f g",
            [
                "192.0.2.7/~home",
                "a.example/login?x=Y",
                "c.example/Path",
                "docs.example/d/1",
                "e.example:8080/admin",
                "h.example/?q=1",
            ],
            {"invalid-name": 1},
        ),
        ("rpz", RPZ, "a b", [], {"exception": 1, "rewrite": 2}),
    ],
)
def test_a_list_is_recognised_and_read(
    key: str, text: str, names: str, urls: list[str], refused: dict[str, int]
) -> None:
    lines = text.encode().splitlines()
    assert detect(lines).key == key
    harvest = harvest_lines(lines, FORMATS[key], "list")
    assert sorted(set(harvest.names)) == [f"{n}.example".encode() for n in names.split()]
    assert sorted(harvest.urls) == [url.encode() for url in urls]
    assert harvest.refused.counts == refused


def test_a_host_that_has_only_path_rules_is_not_taken_as_a_name() -> None:
    lines = [b"docs.example/d/1", b"docs.example/d/2"]
    harvest = harvest_lines(lines, FORMATS["urls"], "list")
    assert harvest.names == []
    assert len(harvest.urls) == 2


def test_a_refused_line_is_shown_with_its_place() -> None:
    lines = b"a.example\n\nblogspot.com\n0.0.0.0 x\n".splitlines()
    harvest = harvest_lines(lines, FORMATS["domains"], "my.txt")
    assert harvest.refused.examples == {
        "public-suffix": ["my.txt:3: blogspot.com"],
        "invalid-name": ["my.txt:4: 0.0.0.0 x"],
    }


_PIECES = [b"||", b"^", b"domain:", b"full:", b"0.0.0.0 ", b"::1 ", b"http://", b"/x", b"*.", b"."]
_PIECES += [b"a.example", b"xn--", b"com", b":80", b"[::1]", b"@", b"#", b" cname .", b"\xfc"]


@pytest.mark.parametrize("key", FORMATS)
@given(pieces=st.lists(st.sampled_from(_PIECES) | st.binary(max_size=6), max_size=6))
def test_no_line_raises_and_whatever_is_taken_can_be_compiled(
    key: str, pieces: list[bytes]
) -> None:
    lines = b"".join(pieces).split(b"\n")
    detect(lines)
    harvest = harvest_lines(lines, FORMATS[key], "list")
    for name in harvest.names:
        assert normalise(name.decode()) == name.decode()
        assert b"." in name
    assert all(b"/" in url for url in harvest.urls)


def test_a_few_odd_lines_do_not_change_what_a_large_list_is() -> None:
    lines = [b"name%d.example" % number for number in range(5000)]
    lines[::100] = [b"0.0.0.0 odd.example"] * 50
    assert detect(lines).key == "domains"
