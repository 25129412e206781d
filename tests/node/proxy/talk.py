"""A client of the proxy that keeps its connection, over HTTP/1.1 or HTTP/2."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import h2.config
import h2.connection
import h2.events

Fields = Sequence[tuple[str, str]]


@dataclass
class Told:
    """One answer."""

    status: int = 0
    fields: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""


class Talk:
    """One connection. ``context`` is None in plain text; its ALPN says which HTTP is spoken."""

    def __init__(
        self,
        port: int,
        context: ssl.SSLContext | None,
        source: str = "127.0.0.1",
        session: ssl.SSLSession | None = None,
    ) -> None:
        self._sock = socket.create_connection(
            ("127.0.0.1", port), timeout=15, source_address=(source, 0)
        )
        self._http: h2.connection.H2Connection | None = None
        if context:
            secure = context.wrap_socket(self._sock, server_hostname="localhost", session=session)
            self._sock = secure
            if secure.selected_alpn_protocol() == "h2":
                self._http = h2.connection.H2Connection(h2.config.H2Configuration())
                self._http.initiate_connection()

    @property
    def session(self) -> ssl.SSLSession | None:
        """What another connection could take up."""
        assert isinstance(self._sock, ssl.SSLSocket)
        return self._sock.session

    @property
    def resumed(self) -> bool:
        assert isinstance(self._sock, ssl.SSLSocket)
        return bool(self._sock.session_reused)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def get(self, url: str, fields: Fields = ()) -> Told:
        return self.get_all(url, [fields])[0]

    def get_all(self, url: str, each: Sequence[Fields]) -> list[Told]:
        """The same page with different fields; over HTTP/2 all are asked before one is answered."""
        if self._http is None:
            return [self._ask_one(url, fields) for fields in each]
        return self._ask_all(self._http, url, each)

    def _ask_one(self, url: str, fields: Fields) -> Told:
        host = url.split("/")[2]
        lines = [f"GET {url} HTTP/1.1", f"host: {host}", *(f"{n}: {v}" for n, v in fields)]
        self._sock.sendall("\r\n".join([*lines, "", ""]).encode())
        stream = self._sock.makefile("rb")
        found = Told(int(stream.readline().split()[1]))
        while line := stream.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            found.fields.setdefault(name.lower(), []).append(value.strip())
        found.body = stream.read(int(found.fields["content-length"][0]))
        return found

    def _ask_all(
        self, http: h2.connection.H2Connection, url: str, each: Sequence[Fields]
    ) -> list[Told]:
        scheme, _, host, path = url.split("/", 3)
        told: dict[int, Told] = {}
        for fields in each:
            stream = http.get_next_available_stream_id()
            own = [(":method", "GET"), (":scheme", scheme[:-1]), (":authority", host)]
            http.send_headers(stream, [*own, (":path", f"/{path}"), *fields], end_stream=True)
            told[stream] = Told()
        self._sock.sendall(http.data_to_send())
        open_ = set(told)
        while open_:
            for event in http.receive_data(self._sock.recv(65_536)):
                self._take(http, event, told, open_)
            self._sock.sendall(http.data_to_send())
        return list(told.values())

    def _take(
        self,
        http: h2.connection.H2Connection,
        event: h2.events.Event,
        told: dict[int, Told],
        open_: set[int],
    ) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            for name, value in event.headers or ():
                one = told[event.stream_id or 0]
                one.fields.setdefault(name.decode(), []).append(value.decode("latin-1"))
                one.status = int(one.fields[":status"][0])
        elif isinstance(event, h2.events.DataReceived):
            told[event.stream_id or 0].body += event.data or b""
            http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
            open_.discard(event.stream_id or 0)
