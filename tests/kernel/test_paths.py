"""A list may mean one page of a site: addresses are judged as names below their host."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.kernel import catalogue, catalogue_change, rulebook, seating
from hornbook.kernel.catalogue import Catalogue, Kind
from hornbook.kernel.catalogue_build import SourceNames, build_with_workbook
from hornbook.kernel.catalogue_change import Workbook, change_catalogue
from hornbook.kernel.explain import explain
from hornbook.kernel.judge import Kernel
from hornbook.kernel.names import to_wire
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.paths import Address, host_wire, read_rule
from hornbook.kernel.rulebook import Rulebook
from hornbook.kernel.seating import Seating
from hornbook.kernel.wires import BadName
from tests.kernel.helpers import SEED, rulebook_body, seating_body, store

NOON = 1_790_000_000.0
Lists = list[tuple[str, Kind, str, str]]  # key, kind, names, path rules


def sources(lists: Lists) -> list[SourceNames]:
    return [
        SourceNames(key, key, kind, _lines(names), _lines(urls)) for key, kind, names, urls in lists
    ]


def _lines(words: str) -> bytes:
    return "".join(f"{word}\n" for word in sorted(words.split())).encode()


def made(folder: Path, lists: Lists) -> tuple[Catalogue, Workbook]:
    meta, arrays, notes = build_with_workbook(sources(lists), seed=SEED)
    path = store(folder, encode_part(catalogue.KIND, meta, arrays))
    book = store(folder, encode_part(catalogue_change.KIND, {}, notes))
    return (
        Catalogue(open_part(path, catalogue.KIND)),
        Workbook(open_part(book, catalogue_change.KIND)),
    )


def kernel_of(folder: Path, found: Catalogue) -> Kernel:
    rules = store(folder, rulebook_body(found))
    seats = store(folder, seating_body())
    return Kernel(
        found,
        Rulebook(open_part(rules, rulebook.KIND)),
        Seating(open_part(seats, seating.KIND)),
    )


def lists_of(found: Catalogue, url: str) -> set[str]:
    """Which lists mean this address, by the longest that is listed."""
    host, slash, path = url.partition("/")
    address = Address.of(host_wire(host), (slash + path).encode())
    for wire in (address.wire, address.host):
        sets = found.sets_of(found.hasher.of_one(wire))
        listed = next((one for one in sets if one >= 0), 0)
        if wire is address.host or address.matched(_start(found, wire)):
            return {source.key for source in found.sources_of(listed)}
    raise AssertionError


def _start(found: Catalogue, wire: bytes) -> int:
    suffixes = found.hasher.of_one(wire)
    sets = found.sets_of(suffixes)
    return next((at for (at, _), one in zip(suffixes, sets, strict=True) if one >= 0), -1)


ONE_PAGE: Lists = [
    ("adult", "topic", "bad.example", "sites.example/u/bob?tab=pics sites.example/u/eve"),
    ("games", "topic", "sites.example play.example", ""),
    ("open", "allow", "", "sites.example/u/eve/homework bad.example/health"),
    ("help", "protected", "", "play.example/help"),
]


@pytest.fixture
def one_page(tmp_path: Path) -> Catalogue:
    return made(tmp_path, ONE_PAGE)[0]


@pytest.mark.parametrize(
    ("url", "lists"),
    [
        ("sites.example/", {"games"}),
        ("sites.example/u/evelyn", {"games"}),
        ("sites.example/u/eve", {"adult", "games"}),
        ("sites.example/u/eve/", {"adult", "games"}),
        ("sites.example/u/eve/more/of/it?x=1#top", {"adult", "games"}),
        ("sites.example//u/./x/../EVE", {"adult", "games"}),
        ("sites.example/%75/%65ve", {"adult", "games"}),
        ("www.sites.example/u/eve", {"adult", "games"}),
        ("sites.example/u/eve/homework/1", {"open"}),
        ("sites.example/u/bob", {"games"}),
        ("sites.example/u/bob?tab=pics&page=2", {"adult", "games"}),
        ("bad.example/x", {"adult"}),
        ("bad.example/health", {"open"}),
        ("play.example/help", {"help"}),
        ("other.example/u/eve", set()),
    ],
)
def test_the_longest_listed_address_decides(one_page: Catalogue, url: str, lists: set[str]) -> None:
    assert lists_of(one_page, url) == lists


def test_only_sites_with_path_rules_are_looked_at_deeper(one_page: Catalogue) -> None:
    sites = ("sites.example", "bad.example", "play.example", "other.example", "x.sites.example")
    found = [one_page.looks_deeper(to_wire(site)) for site in sites]
    assert found == [True, True, True, False, False]


def test_a_student_may_see_the_site_but_not_the_page(tmp_path: Path) -> None:
    found, _ = made(tmp_path, [("adult", "topic", "", "sites.example/u/eve")])
    kernel = kernel_of(tmp_path, found)
    seat, now = kernel.seating.by_address("10.9.9.9"), kernel.at(NOON)

    def judged(host: str, path: bytes) -> tuple[str, str]:
        one, decided = kernel.judge_address(Address.of(to_wire(host), path), seat, now)
        return kernel.verdict(one.verdict).action, decided

    assert judged("sites.example", b"/u/ann") == ("allow", "")
    assert judged("www.sites.example", b"/u/eve/pics") == ("block", "/u/eve")
    batch = kernel.judge_one(to_wire("sites.example"), seat, now)
    assert kernel.verdict(batch.verdict).action == "allow", "the DNS has no path to look at"


def test_the_page_is_explained(tmp_path: Path) -> None:
    found, _ = made(tmp_path, [("adult", "topic", "", "sites.example/u/eve")])
    kernel = kernel_of(tmp_path, found)
    seat = kernel.seating.by_address("10.9.9.9")
    told = explain(kernel, "www.Sites.example", seat=seat, path=b"/u/Eve/1")
    assert (told.verdict.action, told.path, told.categories) == ("block", "/u/eve", ("adult",))
    assert [(s.name, s.matched) for s in told.suffixes] == [
        ("sites.example/u/eve/1", False),
        ("sites.example/u/eve", True),
        ("sites.example/u", False),
        ("sites.example", False),
        ("example", False),
    ]
    assert explain(kernel, "sites.example", profile="student", path=b"/u/eve").path == "/u/eve"
    host = explain(kernel, "sites.example", seat=seat, path=b"/u/ann")
    assert (host.path, host.verdict.action, host.suffixes[0].name) == ("", "allow", "sites.example")


def test_a_change_carries_path_rules(tmp_path: Path) -> None:
    base, book = made(tmp_path, ONE_PAGE)
    after: Lists = [
        ("adult", "topic", "bad.example", "sites.example/u/bob?tab=pics new.example/a"),
        *ONE_PAGE[1:],
    ]
    change = change_catalogue(base, book, {"adult": sources(after)[0]})
    assert change is not None
    found = Catalogue(
        open_part(store(tmp_path, encode_part(catalogue.KIND, *change)), catalogue.KIND), base
    )
    full, _ = made(tmp_path, after)
    for url in ("sites.example/u/eve", "new.example/a/b", "sites.example/u/eve/homework"):
        assert lists_of(found, url) == lists_of(full, url), url
    assert found.looks_deeper(to_wire("new.example"))
    assert found.looks_deeper(to_wire("sites.example"))


def test_ports_and_addresses(tmp_path: Path) -> None:
    rules = "odd.example:8080/x 192.0.2.7/secret [2001:db8::7]/x"
    found, _ = made(tmp_path, [("adult", "topic", "", rules)])
    odd = Address.of(to_wire("odd.example"), b"/x", 8080)
    assert odd.matched(_start(found, odd.wire)) == ":8080/x"
    assert lists_of(found, "odd.example/x") == set()
    assert lists_of(found, "192.0.2.7/secret/1") == {"adult"}
    assert found.looks_deeper(host_wire("[2001:db8:0::7]"))


@pytest.mark.parametrize("rule", [b"a..b/x", b"a.example:http/x", b"[:::]/x", b"/x"])
def test_what_is_no_rule_is_refused(rule: bytes) -> None:
    with pytest.raises(BadName):
        read_rule(rule)


def test_a_name_cannot_be_too_long(tmp_path: Path) -> None:
    deep = "/".join(map(str, range(40)))
    host = ".".join(["x" * 60] * 4)[:200]
    found, _ = made(tmp_path, [("adult", "topic", "", f"a.example/{deep} {host}/{deep}")])
    assert lists_of(found, f"a.example/{deep}") == {"adult"}
    assert lists_of(found, f"a.example/{deep}/more") == set(), "told: what is too deep is one piece"
    assert lists_of(found, f"{host}/{deep}") == {"adult"}
    longest = "x" * 61 + ".".join(["", *["x" * 60] * 3])
    assert Address.of(to_wire(longest), b"/a").levels == ()


PIECE = st.sampled_from(["a", "b", "c"])
URL = st.tuples(st.sampled_from(["x.test", "y.x.test"]), st.lists(PIECE, min_size=1, max_size=4))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rules=st.lists(st.tuples(URL, st.booleans()), max_size=8), asked=st.lists(URL, max_size=8))
def test_it_agrees_with_a_reading_of_the_rules_one_by_one(
    tmp_path: Path,
    rules: list[tuple[tuple[str, list[str]], bool]],
    asked: list[tuple[str, list[str]]],
) -> None:
    listed: dict[tuple[str, ...], set[str]] = {("x.test",): {"host"}}
    for (host, pieces), opens in rules:
        listed.setdefault((host, *pieces), set()).add("open" if opens else "adult")
    urls = {
        kind: " ".join("/".join(k) for k, v in listed.items() if kind in v)
        for kind in ("open", "adult")
    }
    found, _ = made(
        tmp_path,
        [
            ("adult", "topic", "", urls["adult"]),
            ("host", "topic", "x.test", ""),
            ("open", "allow", "", urls["open"]),
        ],
    )
    for host, pieces in asked:
        holding = {"host"}  # y.x.test inherits it
        for depth in range(len(pieces)):
            own = listed.get((host, *pieces[: depth + 1]), set())
            if "open" in own:
                holding -= {"adult", "host"}
            if "adult" in own:
                holding -= {"open"}
            holding |= own
        assert lists_of(found, "/".join((host, *pieces))) == holding


def test_the_sets_fit_the_matrix(one_page: Catalogue) -> None:
    sets = np.arange(one_page.set_count)
    assert {one_page.categories(int(n)) for n in sets} >= {("adult", "games"), ("open",)}
