"""A district that publishes into a folder, and a web server that can be told to fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hornbook.instance import Instance
from hornbook.node.partstore import Current, PartStore
from hornbook.node.sync.service import Sync
from hornbook.node.sync.web import WebSource
from tests.kernel.helpers import make_catalogue, rulebook_body, seating_body

TOKEN = "a-token-that-is-long-enough"


class Console:
    """Publishes real parts, and serves them as the console does, but for ``spoil``.

    ``spoil`` may change (path, octets) → octets, or None for a broken connection.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.store = PartStore(folder)
        self.spoil: Callable[[str, bytes], bytes | None] = lambda path, body: body
        self.token = TOKEN
        self.away = False
        self.sent: list[str] = []
        self.reports: list[bytes] = []
        self.server = self._listen(0)

    def _listen(self, port: int) -> ThreadingHTTPServer:
        console = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                console.serve(self)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                console.reports.append(self.rfile.read(length))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        return server

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        if self.away:
            request.close_connection = True
            return
        path = self.store.folder / request.path.rpartition("/")[2]
        if request.headers["Authorization"] != f"Bearer {self.token}":
            _answer(request, 401)
        elif not path.exists():
            _answer(request, 404)
        elif request.headers["If-None-Match"] == self._tag(path):
            _answer(request, 304)
        else:
            self._send(request, path)

    def _send(self, request: BaseHTTPRequestHandler, path: Path) -> None:
        whole = path.read_bytes()
        body = self.spoil(path.name, whole)
        if body is None:
            request.close_connection = True
            return
        self.sent.append(path.name)
        request.send_response(200)
        request.send_header("Content-Length", str(len(whole) if body in whole else len(body)))
        request.send_header("ETag", self._tag(path))
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = len(body) < len(whole)

    def _tag(self, path: Path) -> str:
        return f'"{path.stat().st_mtime_ns}"'

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/parts/"

    def publish(self, *names: str, default_profile: str = "student") -> Current:
        found = make_catalogue(self.store.folder, [("list", "adult", "topic", names)])
        return self.store.publish(
            catalogue=found.hash,
            rulebook=self.store.put(rulebook_body(found)),
            seating=self.store.put(seating_body(default_profile)),
        )

    def stop(self) -> None:
        """Listen no more, and answer nobody who is still connected."""
        self.away = True
        self.server.shutdown()
        self.server.server_close()

    def start_again(self) -> None:
        self.away = False
        self.server = self._listen(self.server.server_port)


def _answer(request: BaseHTTPRequestHandler, status: int) -> None:
    request.send_response(status)
    request.send_header("Content-Length", "0")
    request.end_headers()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    found = Console(tmp_path / "console")
    yield found
    found.stop()


@pytest.fixture
def make_node(tmp_path: Path, console: Console) -> Callable[[str], Sync]:
    """A node of that name with its own folder, which asks the console with the right token."""

    def make(name: str) -> Sync:
        instance = Instance(tmp_path / name)
        return Sync(instance, WebSource(console.address, TOKEN), every=0.05)

    return make


@pytest.fixture
def node(make_node: Callable[[str], Sync]) -> Sync:
    return make_node("node-2")
