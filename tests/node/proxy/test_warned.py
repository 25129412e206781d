"""A warning: shown, gone past with a reason, and never a key to anything else."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from hornbook.instance import Settings
from hornbook.kernel.wires import Wires
from hornbook.node.dns.desk import Row
from hornbook.node.dns.world import World, notice_of
from hornbook.node.doh.clerk import as_rows
from hornbook.node.notice.asks import AskDesk
from hornbook.node.partstore import PartStore
from hornbook.node.proxy.asked import FORM, Asked
from hornbook.node.proxy.notice import Voice
from hornbook.node.proxy.visit import Visit, read_visit
from hornbook.node.proxy.warned import GIVEN, WARNED, Warner
from hornbook.node.proxy.who import Who
from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import ADULT, MINUTES, SHOP, House, Reply, publish
from tests.node.proxy.test_inside import district, world

TEACHER, STRANGER = "127.0.0.4", "127.0.0.9"
PUPIL = b"\0" * 10 + b"\xff\xff\x7f\0\0\1"


@pytest.fixture(scope="module")
def house(looking: House) -> House:
    return looking


def write(house: House, host: str, reason: str, to: str = "/cart?id=7", **more: str) -> Reply:
    """Fill in the form of the page that is shown at that host."""
    form = ("-d", f"reason={reason}", "--data-urlencode", f"to={to}")
    here = ("-H", f"origin: http://{host}:{house.plain.port}")
    return house.http(host, f"/?name={host}", *form, *here, **more)


def kept(house: House) -> list[dict[str, str]]:
    return [json.loads(one.read_text()) for one in (house.instance.spool / "reasons").glob("*")]


def recorded(house: House) -> set[tuple[object, object, object]]:
    return {(row["name"], row["action"], row["person"]) for row in rows(house.instance)}


def test_a_reason_opens_the_site_for_who_wrote_it_and_nobody_else(house: House) -> None:
    before = len(house.plain.asked)
    shown = house.http(SHOP, "/cart?id=7", "-H", "accept: text/html")
    assert (shown.status, "x-hornbook-clause: PRO-4@1" in shown.head) == (403, True)
    assert "Say why first" in shown.body
    assert 'value="/cart?id=7"' in shown.body
    assert "988" in shown.body
    assert house.http(SHOP, "/hornbook-notice.css").status == 200
    assert len(house.plain.asked) == before

    assert "Please write why" in write(house, SHOP, "+").body
    gone = write(house, SHOP, "prices+for+economics")
    assert gone.status == 303
    assert f"location: http://{SHOP}:{house.plain.port}/cart?id=7" in gone.head
    assert house.http(SHOP, "/cart?id=7").body == "origin /cart?id=7 "
    assert house.http(f"pictures.{SHOP}").status == 200  # the listed name and what is below it
    assert district(house, SHOP).body == "origin / "
    assert house.http(SHOP, source=TEACHER).status == 403
    (told,) = kept(house)
    assert (told["person"], told["name"], told["words"]) == (
        "person-student",
        SHOP,
        "prices for economics",
    )
    assert (told["rule"], told["clause_version"]) == ("ask-why", "PRO-4@1")
    until(lambda: (SHOP, "warn", "person-student") in recorded(house), 10)
    notes = {row["note"] for row in rows(house.instance) if row["person"] == "person-student"}
    assert {WARNED, GIVEN} <= notes


def test_inside_https_it_is_shown_where_the_device_trusts_us(house: House) -> None:
    """A teacher's device trusts no authority of ours: the tunnel opens, and its row says warn."""
    page = district(house, SHOP, "-H", "accept: text/html", source=STRANGER)
    assert (page.connect, page.status, "Say why first" in page.body) == (200, 403, True)
    assert world(house, SHOP, source=TEACHER).body == "origin / "
    until(lambda: (SHOP, "warn", "person-teacher") in recorded(house), 10)


@pytest.mark.parametrize("accept", ["application/json", "image/*"])
def test_data_and_pictures_get_small_answers(house: House, accept: str) -> None:
    reply = house.http(SHOP, "/x", "-H", f"accept: {accept}", source=TEACHER)
    assert (reply.status, "PRO-4@1" in reply.body, len(reply.body) < 500) == (403, True, True)


def test_nobody_unknown_goes_on_where_the_rule_says_so(house: House) -> None:
    shown = house.http(SHOP, "/", "-H", "accept: text/html", source=STRANGER)
    assert (shown.status, "<form" in shown.body) == (403, False)
    tried = write(house, SHOP, "please", source=STRANGER)
    assert (tried.status, "We do not know who sits here" in tried.body) == (403, True)
    assert house.http(SHOP, source=STRANGER).status == 403


def test_no_other_site_can_fill_the_form_in(house: House) -> None:
    form = ("-d", "reason=x", "-H", "origin: http://evil.test")
    reply = house.http(SHOP, f"/?name={SHOP}", *form, source=TEACHER)
    assert "was not sent from this page" in reply.body
    assert house.http(SHOP, source=TEACHER).status == 403


def test_what_is_closed_stays_closed_with_a_reason(house: House) -> None:
    assert write(house, ADULT, "biology").status == 202  # the form of the notice: a request
    assert house.http(ADULT).status == 403


def test_a_form_with_too_many_fields_stops_nobody_else(house: House) -> None:
    many = "&".join(f"f{number}=1" for number in range(40))
    here = ("-H", f"origin: http://{ADULT}:{house.plain.port}")
    assert house.http(ADULT, f"/?name={ADULT}", "-d", many, *here).status == 400
    assert house.http(ADULT, "//[", "-g").status == 403


# --- how long a pass is good for -------------------------------------------------------------


def served(folder: Path) -> World:
    store = PartStore(folder)
    current = store.current()
    assert current is not None
    return World(store.load(current), notice_of(Settings()))


class Shopper:
    """The pupil before the shop: judged and answered as the proxy does, at any time."""

    def __init__(self, folder: Path) -> None:
        self.spool, self.warner = folder / "spool", Warner(folder / "spool")

    def visit(self, world: World, form: bytes = b"") -> tuple[Visit, Row]:
        method, path = ("POST", f"/?name={SHOP}") if form else ("GET", "/")
        asked = Asked(Who(PUPIL), method, SHOP, path, "", f"http://{SHOP}", FORM, form)
        visit = read_visit(asked, lambda told: None)
        visit.seat, visit.site = 1, visit.target.wire
        kernel = world.kernel
        held = kernel.at(time.time())
        judged = kernel.judge(Wires.pack([visit.site]), np.ones(1, np.int32), held)
        clients = np.frombuffer(PUPIL, np.uint8).reshape(1, 16)
        none, protos = np.zeros(1, np.uint16), np.full(1, 4)
        seats = np.ones(1, np.int32)
        ((batch, _),) = as_rows(
            world, 0.0, held, protos, [visit.site], judged, seats, clients, none
        )
        return visit, Row(batch, 0)

    def is_stopped(self, world: World, now: float) -> bool:
        self.warner.follow(world.kernel)
        visit, row = self.visit(world)
        return self.warner.note(visit, world.kernel, row.verdict, 1, now) == WARNED

    def write(self, world: World, now: float) -> bytes:
        self.warner.follow(world.kernel)
        voice = Voice(world.kernel.rulebook.notice, AskDesk(self.spool), 0)
        visit, row = self.visit(world, b"reason=prices&to=/")
        held = world.kernel.at(now)
        return self.warner.answer(visit, row, held, now, voice)


def test_a_pass_ends_with_its_minutes_its_hours_and_its_rules(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    publish(tmp_path / "parts", hours=True)
    world, shopper = served(tmp_path / "parts"), Shopper(tmp_path)
    noon = 1_795_000_000 // 1800 * 1800.0  # the rules' hours begin
    assert shopper.is_stopped(world, noon)
    assert shopper.write(world, noon).startswith(b"say 303")
    end = noon + 60 * MINUTES
    assert [shopper.is_stopped(world, at) for at in (noon, end - 1, end)] == [False, False, True]

    edge = noon + 1800
    shopper.write(world, edge - 60)
    assert [shopper.is_stopped(world, at) for at in (edge - 1, edge)] == [False, True]

    shopper.write(world, edge)
    assert not shopper.is_stopped(world, edge)
    publish(tmp_path / "parts", hours=True, known=False)
    assert shopper.is_stopped(served(tmp_path / "parts"), edge)


def test_a_reason_that_cannot_be_kept_lets_nobody_on(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    publish(tmp_path / "parts")
    world, shopper = served(tmp_path / "parts"), Shopper(tmp_path)
    shopper.spool.write_text("a file where the folder should be")
    now = time.time()
    assert b"could not be kept" in shopper.write(world, now)
    assert shopper.is_stopped(world, now)
