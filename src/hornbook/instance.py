"""The folder that one running Hornbook lives in, and the small files that its parts share.

Every process of one instance is told only this folder. It holds::

    instance.json   ports, addresses and upstream resolvers (never a secret)
    secrets/        keys and passwords, mode 0600, folder 0700
    devices/        the authority that signs devices' certificates, made at first need
    pg/             PostgreSQL's own files
    parts/          catalogue, rulebook and seating by content hash, and current.json
    lists/          imported lists by content hash
    record/         sealed segments and their manifests, one folder a node
    rehearsals/     days of the record that rehearsals under way have read
    spool/          what the notice page collected and the worker has not fetched yet
    run/            one heartbeat file a part
    logs/           what each part printed
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
_not_written: set[str] = set()  # parts whose heartbeat was refused, and that was told

DATA_VARIABLE = "HORNBOOK_DATA"
DEFAULT_DATA = Path(".hornbook")


_TUPLES = {
    "content_closed",
    "upstreams",
    "trusted_forwarders",
    "private_suffixes",
    "proxy_ports",
    "kerberos_asks",
    "proxy_trusts",
    "google_domains",
    "radius_from",
    "dhcp_leases",
}


def _random() -> str:
    return secrets.token_urlsafe(32)


class InstanceError(Exception):
    """The data folder cannot be used; the message says where and what to do."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen."""

    console: int = 8000
    dns: int = 5335
    notice: int = 8080
    proxy: int = 3128
    doh: int = 8443
    dot: int = 8853


@dataclass(frozen=True)
class Settings:
    """What ``instance.json`` holds.

    ``notice_v4``/``notice_v6`` are the addresses that a blocked A/AAAA question is answered
    with. ``upstreams`` are ``address`` or ``address:port`` or ``[v6]:port``; empty means the
    resolvers of the machine. ``trusted_forwarders`` are the networks of resolvers that may say
    for whom they ask. ``private_suffixes`` are the district's own names, which alone may have
    private addresses; ``quic_closed`` says that UDP 443 is closed, so that HTTP/3 is not
    announced. ``recording`` says which hours and networks are recorded with whose name
    (``record.scope``). ``parts_from`` is the address or folder from which a node without a
    console pulls its parts; empty where the console publishes into this folder itself.
    ``workers`` is how many processes answer DNS on one port, each on a core of its own;
    ``rate_limit`` is how many answers a second one network gets (/24, for IPv6 /56), 0 for no
    limit.
    ``dns_name`` is the name under which DoH and DoT are asked, empty where there is none.
    ``proxy_ports`` are the ports of the web: what goes to another by the proxy is a way around.
    ``proxy_asks``: who is not known by address must show a token, also on the own network.
    ``proxy_certificates``: over TLS the proxy asks devices for the certificate that they have of
    the district.
    ``kerberos_keytab`` is the file by which the proxy takes tickets of Kerberos, empty where it
    takes none; ``kerberos_realms`` says which mail domains the people of a realm have;
    ``kerberos_asks`` are networks where a person is asked for though the address has a seat.
    ``proxy_trusts`` are files with authorities (PEM) beside the machine's own that sites may be
    signed by which the proxy looks into.
    ``content_closed`` are rules by key under which what nobody could look at stays closed.
    ``google_domains``: only accounts of these domains may use Google's services, where the proxy
    looks into them; empty for all.
    ``radius_from`` are the networks of access points that send RADIUS accounting to
    ``radius_port``; ``dhcp_leases`` are files of leases (dnsmasq, Kea, ISC) on this machine.
    """

    bind: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    node: str = "node-1"
    site: str = "district"
    upstreams: tuple[str, ...] = ()
    trusted_forwarders: tuple[str, ...] = ()
    private_suffixes: tuple[str, ...] = ()
    quic_closed: bool = True
    notice_v4: str = "127.0.0.1"
    notice_v6: str = "::1"
    workers: int = 1
    rate_limit: int = 5000
    dns_name: str = ""
    parts_from: str = ""
    proxy_ports: tuple[int, ...] = (80, 443, 8080, 8443)
    proxy_asks: bool = False
    proxy_certificates: bool = False
    kerberos_keytab: str = ""
    kerberos_realms: dict[str, list[str]] = field(default_factory=dict)
    kerberos_asks: tuple[str, ...] = ()
    proxy_trusts: tuple[str, ...] = ()
    google_domains: tuple[str, ...] = ()
    radius_from: tuple[str, ...] = ()
    radius_port: int = 1813
    dhcp_leases: tuple[str, ...] = ()
    content_closed: tuple[str, ...] = ()
    recording: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """Paths inside one data folder. Nothing is created until it is needed."""

    root: Path

    @classmethod
    def at(cls, root: str | Path | None = None) -> Instance:
        """The instance at ``root``, else at ``$HORNBOOK_DATA``, else at ``.hornbook``."""
        chosen = root or os.environ.get(DATA_VARIABLE) or DEFAULT_DATA
        return cls(Path(chosen).expanduser().resolve())

    def folder(self, name: str, mode: int = 0o700) -> Path:
        """Make and return the folder. Its owner alone opens it: what people asked stands there."""
        path = self.root / name
        try:
            path.mkdir(mode=mode, parents=True, exist_ok=True)
        except OSError as error:
            raise InstanceError(
                f"Cannot use the folder {path}: {error.strerror}. "
                "Choose another with --data DIR, or mend its permissions."
            ) from error
        return path

    @property
    def parts(self) -> Path:
        return self.folder("parts")

    @property
    def lists(self) -> Path:
        return self.folder("lists")

    @property
    def record(self) -> Path:
        return self.folder("record")

    @property
    def spool(self) -> Path:
        return self.folder("spool")

    @property
    def run(self) -> Path:
        return self.folder("run")

    @property
    def logs(self) -> Path:
        return self.folder("logs")

    @property
    def postgres(self) -> Path:
        return self.root / "pg"

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold ``run/<name>.lock`` against every other process.

        Raises BlockingIOError at once when it is taken and ``wait`` is false. It ends with the
        process, however that ends.
        """
        with (self.run / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield

    def secret(self, name: str, make: Callable[[], str] = _random) -> str:
        """The secret of that name, made at first use (32 random bytes, URL-safe, 0600)."""
        path = self.folder("secrets") / name
        try:
            if not path.exists():
                _write_secret(path, make())
            return path.read_text()
        except OSError as error:
            raise InstanceError(f"Cannot use the secret {path}: {error.strerror}.") from error

    def settings(self) -> Settings:
        """What instance.json says, or the defaults where it says nothing."""
        path = self.root / "instance.json"
        if not path.exists():
            return Settings()
        try:
            raw = json.loads(path.read_text())
            raw["ports"] = Ports(**raw.get("ports", {}))
            for name in _TUPLES & raw.keys():
                raw[name] = tuple(raw[name])
            return Settings(**raw)
        except (ValueError, TypeError, OSError) as error:
            raise InstanceError(
                f"{path} cannot be read: {error}. Mend it, or remove it to start with defaults."
            ) from error

    def save(self, settings: Settings) -> None:
        write_atomically(self.folder(".") / "instance.json", to_json(asdict(settings)))

    def beat(self, part: str, **facts: Any) -> None:
        """Write the heartbeat of ``part``: who runs, since when it is ready, and its facts.

        A disk that takes none stops nobody from serving: the heartbeat grows old, and that shows.
        """
        body = {"part": part, "pid": os.getpid(), "at": time.time(), **facts}
        try:
            write_atomically(self.run / f"{part}.json", to_json(body), durable=False)
        except OSError as error:
            if part not in _not_written:
                log.error("the heartbeat of %s cannot be written: %s", part, error)
            _not_written.add(part)
        else:
            _not_written.discard(part)

    def heartbeat(self, part: str) -> dict[str, Any] | None:
        """The last heartbeat of ``part``, or None when there is none that can be read."""
        try:
            found: dict[str, Any] = json.loads((self.root / "run" / f"{part}.json").read_text())
        except (OSError, ValueError):
            return None
        return found


def _write_secret(path: Path, secret: str) -> None:
    """Appear whole or not at all: another process may read it at the same moment."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
    with suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()


def to_json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, default=str) + "\n").encode()


def write_atomically(path: Path, body: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by ``body`` so that a reader sees the old file or the new, never a mix.

    ``durable`` also survives a power cut: the file and its folder are fsynced.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(body)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable (POSIX fsync on the directory)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
