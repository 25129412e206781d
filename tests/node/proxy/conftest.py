"""The whole way of a request: curl, a real Envoy, what stands behind it, parts and origins."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dns.message
import dns.rrset
import numpy as np
import pytest

from hornbook.instance import Instance, Ports, Settings
from hornbook.kernel import catalogue, rulebook, seating
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.rulebook import MINUTES_A_WEEK, Terms, Verdict, build_rulebook
from hornbook.kernel.seating import Key, Seat, build_seating
from hornbook.node.partstore import PartStore
from tests.node.dns.conftest import Internet, good_answer, until
from tests.node.doh.conftest import accepts, free_ports, needs_envoy
from tests.node.proxy.origins import contexts, odd, serve_h2
from tests.node.proxy.pki import Pki

__all__ = ["needs_envoy"]

TOKEN = "t3acher-0123456789abcdef"
OPEN, ADULT, GAMES = "open.test", "adult.test", "games.test"
LOOKED, BANK = "looked.test", "bank.looked.test"  # the bank stands below a site that is looked into
HELP, SEARCH, CLOAKED = "help.test", "www.search.test", "cloaked.test"
SHOP = "shop.test"  # warned of
INSIDE = "inside.example"  # a public name with a private address
BYPASS_CLAUSE = "BYPASS-1@2"
PROFILES = ("student", "teacher")
SEATS = (
    ("127.0.0.1/32", "person-student", "student", "north"),
    ("127.0.0.4/32", "person-teacher", "teacher", "north"),
)
VERDICTS = (
    Verdict("allow"),
    Verdict("block", "no-adult", "PRO-1@1", "cipa", "board", "notice", 15, category="adult"),
    Verdict("block", "no-games", "PRO-2@3", "local", "teacher", "nxdomain", category="games"),
    Verdict(
        "block", "no-bypass", BYPASS_CLAUSE, "security", "it", "notice", category="proxy-bypass"
    ),
    Verdict("allow", "protected", "HELP-1@1", "protected", category="protected"),
    Verdict("rewrite", "safe", "PRO-1@1", "local", "", "rewrite", 4, target="safesearch"),
    Verdict("inspect", "look", "PRO-3@1", "local", category="social"),
    Verdict("warn", "ask-why", "PRO-4@1", "local", title="Shops", category="shopping"),
)
MINUTES = 15
BY_CATEGORY = {
    "adult": 1,
    "games": 2,
    "proxy-bypass": 3,
    "protected": 4,
    "safesearch": 5,
    "social": 6,
    "private": 0,
    "shopping": 7,
}


def category_number(categories: tuple[str, ...]) -> int:
    """The verdict of the first that has one; what is private has none of its own."""
    return BY_CATEGORY[next((one for one in categories if one != "private"), "private")]


def publish(
    folder: Path,
    *,
    look: bool = False,
    known: bool = True,
    hours: bool = False,
    tokens: Sequence[Key] = (),
    certificates: Sequence[Key] = (),
    logins: Sequence[Key] = (),
) -> None:
    """Small real parts. Pupils may see no games and go no way around; a teacher may do both.
    Both are warned of shops, and where ``known``, only those go on who are. With ``hours`` the
    rules change every half hour, to the same.

    With ``look`` social sites are looked into for pupils, but not what is private below them.
    """
    store = PartStore(folder)
    sources = [
        SourceNames.of("a", "adult", "topic", [ADULT]),
        SourceNames.of("g", "games", "topic", [GAMES]),
        SourceNames.of("b", "proxy-bypass", "topic", ["vpn.test"]),
        SourceNames.of("built-in/protected", "protected", "protected", [HELP]),
        SourceNames.of("built-in/safesearch", "safesearch", "rewrite", [SEARCH]),
        SourceNames.of("s", "social", "topic", [LOOKED]),
        SourceNames.of("built-in/private", "private", "private", [BANK]),
        SourceNames.of("w", "shopping", "topic", [SHOP]),
        SourceNames("pages", "adult", "topic", b"", f"{LOOKED}/closed\n".encode()),
    ]
    names = store.put(encode_part(catalogue.KIND, *build_catalogue(sources, seed=7)))
    found = catalogue.Catalogue(open_part(store.path(names), catalogue.KIND))
    matrix = np.zeros((2, 2, found.set_count), np.uint16)
    for set_id in range(1, found.set_count):
        matrix[:, 0, set_id] = category_number(found.categories(set_id))
    if not look:
        matrix[matrix == BY_CATEGORY["social"]] = 0
    matrix[:, 1] = np.where(np.isin(matrix[:, 0], (2, 3, 6)), 0, matrix[:, 0])
    meta, arrays = build_rulebook(
        profiles=PROFILES,
        verdicts=VERDICTS,
        matrix=matrix,
        week=(np.arange(MINUTES_A_WEEK) // 30 % 2 * hours).astype(np.uint8),
        time_zone="America/Chicago",
        notice={"district": "Maple Valley", "protected": [HELP]},
        catalogue_hash=names,
        rewrites={"safesearch": {SEARCH: "safe.search.test"}},
        beneath={5: 0},
        terms={"ask-why": Terms(MINUTES, known)},
        keeps_paths=["look"],
    )
    rules = store.put(encode_part(rulebook.KIND, meta, arrays))
    teacher = Seat("person-teacher", "teacher", "north")
    tokens = [Key(sha256(TOKEN.encode()).digest(), teacher), *tokens]
    seats = build_seating(
        SEATS, default_profile="student", tokens=tokens, certificates=certificates, logins=logins
    )
    seated = store.put(encode_part(seating.KIND, *seats))
    store.publish(catalogue=names, rulebook=rules, seating=seated)


class Server(ThreadingHTTPServer):
    """Many at one time. ``poured`` is what was taken of an endless answer."""

    request_queue_size = 1024
    poured = 0

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Origin:
    """A web server on loopback that tells what it was asked, and keeps it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                secure = self.connection if isinstance(self.connection, ssl.SSLSocket) else None
                if secure and secure.selected_alpn_protocol() == "h2":
                    serve_h2(secure, lambda path: outer.asked.append(("GET", path, {})))
                else:
                    super().handle()

            def do_GET(self) -> None:
                fields = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.command, self.path, fields))
                if odd(self):
                    return
                length = int(fields.get("content-length", 0))
                body = f"origin {self.path} ".encode() + self.rfile.read(length)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def answers(question: dns.message.Message) -> list[bytes]:
    """What the internet of these tests answers: everything below ``test`` is on loopback."""
    asked = question.question[0]
    name = asked.name.to_text(omit_final_dot=True).lower()
    reply = dns.message.make_response(question)
    if name == "nowhere.test":
        reply.set_rcode(dns.rcode.NXDOMAIN)
        return [reply.to_wire()]
    if name == CLOAKED:
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "CNAME", f"{ADULT}."))
        reply.answer.append(dns.rrset.from_text(f"{ADULT}.", 60, "IN", "A", "127.0.0.1"))
        return [reply.to_wire()]
    if not (name.endswith(".test") or name == INSIDE):
        return [good_answer(question)]
    if asked.rdtype.name == "A":
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", "127.0.0.1"))
    return [reply.to_wire()]


@dataclass
class Reply:
    """What curl got: the status of the last answer, of the proxy's to CONNECT, and the body."""

    status: int
    connect: int
    body: str
    head: str


@dataclass
class House:
    """An instance with the proxy's two processes, and what a client needs to use it."""

    instance: Instance
    ports: Ports
    internet: Internet
    plain: Origin
    secure: Origin
    world: Pki
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, module: str) -> None:
        command = [sys.executable, "-m", module, "--data", str(self.instance.root)]
        with (self.instance.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def start_backend(self) -> None:
        self.start("proxy", "hornbook.node.proxy")
        until(lambda: bool((self.instance.heartbeat("proxy") or {}).get("ready")), 90)

    def start_front(self) -> None:
        self.start("proxy-envoy", "hornbook.node.proxy.front")
        until(lambda: accepts(self.ports.proxy), 90)

    def stop(self, name: str) -> int:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(15)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    @property
    def ca(self) -> str:
        return str(self.instance.root / "tls" / "ca.pem")

    def curl(
        self, url: str, *options: str, source: str = "127.0.0.1", scheme: str = "http"
    ) -> Reply:
        """One request by the proxy, from one of the addresses of loopback."""
        form = "\n%{http_code} %{http_connect}"
        done = subprocess.run(
            [
                *("curl", "-sS", "-m", "15", "-i", "--interface", source, "-w", form),
                *("-x", f"{scheme}://127.0.0.1:{self.ports.proxy}", "--suppress-connect-headers"),
                *("--proxy-cacert", self.ca, *options, url),
            ],
            capture_output=True,
            text=True,
            timeout=30,
        )
        told, _, codes = done.stdout.rpartition("\n")
        status, connect = map(int, codes.split())
        head, _, body = told.replace("\r\n", "\n").partition("\n\n")
        return Reply(status, connect, body, head + done.stderr)

    def http(self, host: str, path: str = "/", *options: str, **more: str) -> Reply:
        return self.curl(f"http://{host}:{self.plain.port}{path}", *options, **more)

    def https(self, host: str, *options: str, path: str = "/", **more: str) -> Reply:
        """To the origin that speaks TLS, whoever has signed for it."""
        return self.curl(f"https://{host}:{self.secure.port}{path}", "-k", *options, **more)


def make_house(folder: Path) -> House:
    """An instance without parts, of which nothing runs yet; both origins have ports of the web."""
    internet, plain = Internet(), Origin()
    internet.answer = answers
    port, notice = free_ports(2)
    instance = Instance(folder)
    settings = Settings(
        ports=Ports(dns=0, proxy=port, notice=notice),
        upstreams=(internet.address,),
        private_suffixes=("test",),
    )
    world = Pki(folder / "world")
    names = (OPEN, ADULT, GAMES, HELP, LOOKED, f"*.{LOOKED}", CLOAKED, SHOP, f"*.{SHOP}")
    secure = Origin(contexts(world, *names, below=LOOKED))
    settings = replace(
        settings, proxy_ports=(plain.port, secure.port), proxy_trusts=(str(world.file),)
    )
    instance.save(settings)
    return House(instance, settings.ports, internet, plain, secure, world)


@contextmanager
def made(folder: Path) -> Iterator[House]:
    found = make_house(folder)
    try:
        yield found
    finally:
        for name in list(found.processes):
            found.stop(name)
        found.internet.close()
        found.plain.close()
        found.secure.close()


@pytest.fixture(scope="module")
def looking(needs_envoy: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Pupils' social sites are looked into."""
    with made(tmp_path_factory.mktemp("district")) as found:
        publish(found.instance.parts, look=True)
        found.start_backend()
        found.start_front()
        yield found


@pytest.fixture(scope="module")
def house(needs_envoy: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Both processes with parts; the tests of one module share them."""
    with made(tmp_path_factory.mktemp("district")) as found:
        publish(found.instance.parts)
        found.start_backend()
        found.start_front()
        yield found
