"""A small district's published parts, and a notice page that serves them on a real socket."""

from __future__ import annotations

import asyncio
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hornbook.instance import Instance
from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Verdict, build_rulebook
from hornbook.kernel.seating import build_seating
from hornbook.node.notice.server import NoticeServer
from hornbook.node.notice.site import NoticeSite
from hornbook.node.partstore import PartStore

STUDENT = "127.0.0.1"
TEACHER = "127.0.0.4"
NOBODY = "127.0.0.99"

CLOSED = Verdict(
    "block",
    rule="adult-minors",
    clause="FILTER-1@2",
    basis="cipa-minor",
    answer="notice",
    ede=15,
    title="Adult sites",
    official="The District filters <pictures> that are “obscene” & harmful to minors.",
    plain="We close sites that show sex.",
    revised_on="2020-10-05",
    section="Filtering",
    category="adult",
)
NOTICE: dict[str, Any] = {
    "district": "Prairie & Creek Schools",
    "contacts": [{"name": "Ida Itwell, IT", "email": "ida@district.test"}],
    "crisis_lines": [
        {"name": "Emergency", "call": "911"},
        {"name": "988 Suicide and Crisis Lifeline", "call": "988"},
        {"name": "Crisis Text Line: text HOME", "text": "741741"},
    ],
    "console": "http://127.0.0.1:8000/",
    "private": ["bank.example", "clinic.example"],
    "bases": {
        "cipa-minor": {
            "label": "CIPA, minors",
            "words": "Federal law asks schools to block this.",
            "citation": "47 U.S.C. 254(h)(5)(B)",
            "note": "A minor cannot have this opened.",
        }
    },
    "roles": {"it": "IT administrator"},
    "profiles": {"elementary": "Students in elementary schools"},
}


def publish(instance: Instance, *, closed: Verdict = CLOSED, notice: Any = None) -> None:
    """Adult names are closed for the profile “elementary” and open for “staff”."""
    store = PartStore(instance.parts)
    sources = [SourceNames.of("list-1", "adult", "topic", ["bad.example", "xn--bcher-kva.example"])]
    listed = store.put(encode_part(catalogue.KIND, *build_catalogue(sources, seed=1)))
    sets = Catalogue(open_part(store.path(listed), catalogue.KIND, listed)).set_count
    matrix = np.zeros((1, 2, sets), np.uint16)
    matrix[0, 0, 1:] = 1
    book = build_rulebook(
        profiles=["elementary", "staff"],
        verdicts=[Verdict("allow"), closed],
        matrix=matrix,
        week=np.zeros(MINUTES_A_WEEK, np.uint8),
        time_zone="America/Chicago",
        notice=NOTICE if notice is None else notice,
        catalogue_hash=listed,
    )
    seats = [
        (f"{STUDENT}/32", "person-1", "elementary", "maple"),
        (f"{TEACHER}/32", "person-2", "staff", "maple"),
    ]
    store.publish(
        catalogue=listed,
        rulebook=store.put(encode_part(rulebook.KIND, *book)),
        seating=store.put(
            encode_part(seating.KIND, *build_seating(seats, default_profile="elementary"))
        ),
    )


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(frozen=True)
class Served:
    """A running notice page. ``get`` asks from ``client``, which is the socket's own address."""

    port: int
    site: NoticeSite

    def get(
        self,
        path: str = "/",
        *,
        host: str | None = "bad.example",
        client: str = STUDENT,
        method: str = "GET",
        body: str | None = None,
        **headers: str,
    ) -> Reply:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=5, source_address=(client, 0)
        )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, sent | ({"Host": host} if host else {}))
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def ask(self, reason: str = "our+report", **options: Any) -> Reply:
        told = {"Origin": "http://bad.example"} | options
        return self.get(method="POST", body=f"reason={reason}", **told)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


@pytest.fixture
def serve(instance: Instance) -> Iterator[Callable[..., Served]]:
    """Start the page on a free port, in a thread with its own loop."""
    stops: list[Callable[[], None]] = []

    def start(deadline: float = 5.0) -> Served:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        site = NoticeSite(instance)
        server = NoticeServer(site.answer, deadline=deadline)
        asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", 0), loop).result(5)

        def stop() -> None:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

        stops.append(stop)
        return Served(server.port, site)

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def page(instance: Instance, serve: Callable[..., Served]) -> Served:
    """The page of the small district."""
    publish(instance)
    return serve()
