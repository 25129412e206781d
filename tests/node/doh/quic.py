"""A client for one request over HTTP/3 (RFC 9114)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent


class _Client(QuicConnectionProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.fields: dict[bytes, bytes] = {}
        self.body = b""
        self.done = asyncio.get_running_loop().create_future()

    def quic_event_received(self, event: QuicEvent) -> None:
        for found in self.http.handle_event(event):
            if isinstance(found, HeadersReceived):
                self.fields |= dict(found.headers)
            elif isinstance(found, DataReceived):
                self.body += found.data
            if getattr(found, "stream_ended", False) and not self.done.done():
                self.done.set_result(None)


def get(port: int, path: str, authority: Path) -> tuple[dict[bytes, bytes], bytes]:
    """Fields and body of the answer; the certificate must prove ``localhost``."""
    return asyncio.run(asyncio.wait_for(_get(port, path, authority), 15))


async def _get(port: int, path: str, authority: Path) -> tuple[dict[bytes, bytes], bytes]:
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN)
    configuration.server_name = "localhost"
    configuration.load_verify_locations(str(authority))
    async with connect(
        "127.0.0.1", port, configuration=configuration, create_protocol=_Client
    ) as client:
        assert isinstance(client, _Client)
        stream = client._quic.get_next_available_stream_id()
        pairs = ((":method", "GET"), (":scheme", "https"), (":authority", "localhost"))
        head = [(name.encode(), value.encode()) for name, value in (*pairs, (":path", path))]
        client.http.send_headers(stream, head, end_stream=True)
        client.transmit()
        await client.done
        return client.fields, client.body
