"""Tickets of Kerberos: whose it is that a client shows behind “Proxy-Authorization: Negotiate”.

RFC 4559 and RFC 4178 with Kerberos inside, by the MIT library (package ``gssapi``, optional). One
message must do: what would need a second one (NTLM, say) is refused. Nothing is asked of the
domain's controller; the keytab decides whether a ticket is good, and a file in ``run/`` whether it
was shown before.

The library is C and gets what strangers write, so only what can be a ticket reaches it, on threads
of its own: at most ``MOST_WAITING`` of them wait, each of at most ``LONGEST`` characters.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hornbook.instance import Instance, InstanceError, Settings

log = logging.getLogger(__name__)

THREADS = 2
MOST_WAITING = 64
LONGEST = 32_000  # characters in base64; a ticket of Windows has up to 16 kB in most domains
HOLDS = 3600.0  # seconds at most that a ticket holds for its connection
_APPLICATION = 0x60  # the octet that a first message begins with (RFC 2743, 3.1)
_KERBEROS = "1.2.840.113554.1.2.2"
_PRINCIPAL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")
_MISSING = (
    "kerberos_keytab is set, but Python's package gssapi is not there. Install it: "
    "pip install --require-hashes -r requirements/kerberos.txt (that needs a C compiler and "
    "Kerberos' own files: apt install gcc python3-dev libkrb5-dev), or take kerberos_keytab out."
)


@dataclass(frozen=True)
class Login:
    """A principal whose ticket was good, until ``ends`` (Unix seconds)."""

    name: str
    ends: int


Done = Callable[[Login | None], None]


class Acceptor:
    """Takes tickets by one keytab. Raises InstanceError where that cannot be done."""

    def __init__(self, keytab: Path, replays: Path) -> None:
        """``replays`` is the file that knows which tickets were shown."""
        self._gssapi = _library()
        _check(keytab)
        store = {"keytab": f"FILE:{keytab}", "rcache": f"file2:{replays}"}
        try:
            kerberos = self._gssapi.OID.from_int_seq(_KERBEROS)
            self._credentials = self._gssapi.Credentials(usage="accept", store=store)
            self._gssapi.raw.set_neg_mechs(self._credentials, [kerberos])
        except self._gssapi.exceptions.GSSError as error:
            raise InstanceError(
                f"The keytab {keytab} cannot be used: {error.gen_message()}. Make it again for "
                "HTTP/NAME-OF-THE-FILTER, or take kerberos_keytab out of instance.json."
            ) from error
        self._kerberos = kerberos
        self._pool = ThreadPoolExecutor(THREADS, "negotiate")
        self._waiting = 0
        self.taken = 0
        self.refused = 0

    def take(self, ticket: str, done: Done) -> None:
        """``done`` is called once, on the loop that this is called on."""
        token = _token(ticket)
        if token is None or self._waiting >= MOST_WAITING:
            self._tell(None, done)
            return
        self._waiting += 1
        loop = asyncio.get_running_loop()
        future = self._pool.submit(self.accept, token)
        future.add_done_callback(lambda one: loop.call_soon_threadsafe(self._back, one, done))

    def accept(self, token: bytes) -> Login | None:
        """Whose ticket it is; None for one that is no good. Takes a fraction of a millisecond."""
        try:
            context = self._gssapi.SecurityContext(creds=self._credentials, usage="accept")
            context.step(token)
            if not context.complete or context.mech != self._kerberos:
                return None
            name, left = str(context.initiator_name), float(context.lifetime)
        except self._gssapi.exceptions.GSSError as error:
            log.info("a ticket was refused: %s", error.gen_message())
            return None
        return (
            Login(name, int(time.time() + min(left, HOLDS))) if _PRINCIPAL.fullmatch(name) else None
        )

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _back(self, future: Future[Login | None], done: Done) -> None:
        self._waiting -= 1
        failed = future.cancelled() or future.exception()
        if failed:
            log.error("a ticket could not be looked at: %s", failed)
        self._tell(None if failed else future.result(), done)

    def _tell(self, login: Login | None, done: Done) -> None:
        self.taken += login is not None
        self.refused += login is None
        done(login)


def open_acceptor(instance: Instance, settings: Settings) -> Acceptor | None:
    """None where no keytab is named. Raises InstanceError."""
    if not settings.kerberos_keytab:
        return None
    return Acceptor(instance.root / settings.kerberos_keytab, instance.run / "kerberos.rcache")


def _token(ticket: str) -> bytes | None:
    """The octets of what can be a first message."""
    if len(ticket) > LONGEST:
        return None
    try:
        found = base64.b64decode(ticket, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if found[:1] == bytes([_APPLICATION]) else None


def _library() -> Any:
    try:
        import gssapi
    except ImportError as error:
        raise InstanceError(_MISSING) from error
    return gssapi


def _check(keytab: Path) -> None:
    try:
        mode = keytab.stat().st_mode
        with keytab.open("rb"):
            pass
    except OSError as error:
        raise InstanceError(
            f"The keytab {keytab} cannot be read: {error.strerror}. Mend kerberos_keytab in "
            "instance.json, or let the user of Hornbook read the file."
        ) from error
    if mode & 0o007:
        raise InstanceError(
            f"Everybody on this machine may read the keytab {keytab}, and so pretend to be the "
            f"proxy. Close it: chmod 600 {keytab}"
        )
