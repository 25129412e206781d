"""A plain DoH server: asyncio streams, TLS by Python's ssl, names in a set.

``python -m bench.peers.doh_asyncio PROTOCOL PORT CERTIFICATE KEY NAMES``. PROTOCOL is ``h1``
(HTTP/1.1 read by hand) or ``h2`` (HTTP/2 by the package h2). It is written as one writes such
a server without thinking of speed, and leaves out what ours does besides: profiles, seats,
extended errors, the record, a cache, limits.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import ssl
import struct
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

NOTICE = ipaddress.IPv4Address("127.0.0.1").packed
MEDIA = "application/dns-message"


class Server:
    """Answers what is below one of ``names`` with an address, everything else with NXDOMAIN."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    async def serve_h2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from h2.config import H2Configuration
        from h2.connection import H2Connection
        from h2.events import DataReceived, RequestReceived, StreamEnded

        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        requests: dict[int, tuple[dict[bytes, bytes], bytearray]] = {}
        try:
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, RequestReceived):
                        requests[event.stream_id] = (dict(event.headers), bytearray())
                    elif isinstance(event, DataReceived):
                        requests[event.stream_id][1].extend(event.data)
                        size = event.flow_controlled_length
                        connection.acknowledge_received_data(size, event.stream_id)
                    elif isinstance(event, StreamEnded):
                        fields, body = requests.pop(event.stream_id)
                        post = fields[b":method"] == b"POST"
                        packet = bytes(body) if post else from_target(fields[b":path"].decode())
                        reply = self.answer(packet)
                        head = [
                            (":status", "200"),
                            ("content-type", MEDIA),
                            ("cache-control", "max-age=60"),
                            ("content-length", str(len(reply))),
                        ]
                        connection.send_headers(event.stream_id, head)
                        connection.send_data(event.stream_id, reply, end_stream=True)
                writer.write(connection.data_to_send())
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def serve_h1(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ")
                pairs = (line.partition(":") for line in lines[1:] if line)
                fields = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                packet = body if method == "POST" else from_target(target)
                reply = self.answer(packet)
                writer.write(
                    (
                        f"HTTP/1.1 200 OK\r\ncontent-type: {MEDIA}\r\n"
                        f"cache-control: max-age=60\r\ncontent-length: {len(reply)}\r\n\r\n"
                    ).encode()
                    + reply
                )
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def answer(self, packet: bytes) -> bytes:
        mark, flags, _, _, _, _ = struct.unpack_from("!HHHHHH", packet)
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1 : at + 1 + packet[at]].decode().lower())
            at += packet[at] + 1
        question = packet[12 : at + 5]
        blocked = any(".".join(labels[n:]) in self.names for n in range(len(labels)))
        if not blocked:
            return struct.pack("!HHHHHH", mark, flags | 0x8083, 1, 0, 0, 0) + question
        record = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + NOTICE
        return struct.pack("!HHHHHH", mark, flags | 0x8080, 1, 1, 0, 0) + question + record


def from_target(target: str) -> bytes:
    text = parse_qs(urlsplit(target).query)["dns"][0]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def main(protocol: str, port: int, certificate: str, key: str, names: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2" if protocol == "h2" else "http/1.1"])
    server = Server(set(Path(names).read_text().split()))
    serve = server.serve_h2 if protocol == "h2" else server.serve_h1
    listening = await asyncio.start_server(serve, "127.0.0.1", port, ssl=context)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]))
