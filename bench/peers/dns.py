"""The DNS peers, each given the same names, to block with everything under them."""

from __future__ import annotations

import importlib
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench.peers.process import NotMeasured, Server, free_port

NOTICE = "127.0.0.1"


def unbound(names: list[str], folder: Path, upstream: str) -> Server:
    """Unbound with a response policy zone; a wildcard beside each name covers what is under it.

    Its answer is an address, as ours is. With NXDOMAIN for each name it would take about half
    the memory (1.26 instead of 2.35 GB for a million names). It does not validate, as we do not.
    """
    program = find_program("unbound")
    zone = folder / "rpz.zone"
    with zone.open("w") as out:
        out.write(
            "$TTL 60\n@ SOA localhost. root.localhost. 1 3600 600 86400 60\n@ NS localhost.\n"
        )
        out.writelines(f"{name} A {NOTICE}\n*.{name} A {NOTICE}\n" for name in names)
    port = free_port()
    config = folder / "unbound.conf"
    config.write_text(
        f"""server:
  interface: 127.0.0.1@{port}
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  num-threads: 1
  ede: yes
  do-not-query-localhost: no
  module-config: "respip iterator"
rpz:
  name: rpz.bench
  zonefile: {zone}
forward-zone:
  name: "."
  forward-addr: {upstream.replace(":", "@")}
"""
    )
    return Server("unbound", [program, "-d", "-c", str(config)], port, folder / "unbound.log")


def dnsmasq(names: list[str], folder: Path) -> Server:
    """dnsmasq, Pi-hole's engine, with one ``address=`` line a name."""
    program = find_program("dnsmasq")
    port = free_port()
    config = folder / "dnsmasq.conf"
    with config.open("w") as out:
        out.write(
            f"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\n"
            f"user=root\ngroup=root\nlocal-ttl=60\npid-file={folder / 'dnsmasq.pid'}\n"
        )
        out.writelines(f"address=/{name}/{NOTICE}\n" for name in names)
    command = [program, "--keep-in-foreground", f"--conf-file={config}"]
    return Server("dnsmasq", command, port, folder / "dnsmasq.log")


def dnsdist(names: list[str], folder: Path, upstream: str) -> Server:
    """dnsdist with an LMDB key-value store, suffix look-ups and its packet cache."""
    program = find_program("dnsdist")
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if "lmdb" not in version:
        raise NotMeasured("this dnsdist has no LMDB store")
    store = folder / "names.lmdb"
    write_lmdb(store, (wire_name(name) for name in names))
    port = free_port()
    config = folder / "dnsdist.lua"
    config.write_text(
        f"""setLocal("127.0.0.1:{port}")
newServer({{address="{upstream}", healthCheckMode="up"}})
getPool(""):setCache(newPacketCache(100000, {{maxTTL=86400}}))
store = newLMDBKVStore("{store}", "names")
addAction(KeyValueStoreLookupRule(store, KeyValueLookupKeySuffix()), SpoofAction("{NOTICE}"))
"""
    )
    command = [program, "--supervised", "--disable-syslog", "-C", str(config)]
    return Server("dnsdist", command, port, folder / "dnsdist.log")


def echo(source: Path, folder: Path) -> Server:
    """The C server that answers everything from a batch: what system and client allow at most."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotMeasured("there is no C compiler")
    program = folder / "echo"
    done = subprocess.run([compiler, "-O2", "-o", program, source], capture_output=True, text=True)
    if done.returncode:
        raise NotMeasured(f"echo.c did not compile: {done.stderr[-200:]}")
    port = free_port()
    return Server("c-echo", [str(program), str(port)], port, folder / "echo.log")


def find_program(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NotMeasured(f"{program} is not installed")
    return found


def wire_name(name: str) -> bytes:
    labels = name.encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def write_lmdb(path: Path, keys: Iterable[bytes]) -> None:
    """An LMDB environment with the database ``names``, whose values are one octet."""
    try:
        lmdb = importlib.import_module("lmdb")
    except ImportError as error:
        raise NotMeasured("the package lmdb is not installed") from error
    made = lmdb.open(str(path), subdir=False, map_size=4 << 30, max_dbs=1, sync=False, lock=False)
    names = made.open_db(b"names")
    with made.begin(db=names, write=True) as all_at_once:
        for key in sorted(keys):
            all_at_once.put(key, b"1", append=True)
    made.close()


def write_cdb(path: Path, keys: Iterable[bytes]) -> None:
    """A constant database (D. J. Bernstein, cr.yp.to/cdb/cdb.txt) whose values are one octet."""
    tables: list[list[tuple[int, int]]] = [[] for _ in range(256)]
    at = 2048
    with path.open("wb") as out:
        out.seek(at)
        for key in keys:
            record = struct.pack("<II", len(key), 1) + key + b"1"
            out.write(record)
            value = _cdb_hash(key)
            tables[value & 255].append((value, at))
            at += len(record)
        places = []
        for table in tables:
            slots = _cdb_slots(table)
            places.append((at, len(slots)))
            at += out.write(b"".join(struct.pack("<II", *slot) for slot in slots))
        out.seek(0)
        out.write(b"".join(struct.pack("<II", *place) for place in places))


def _cdb_hash(key: bytes) -> int:
    value = 5381
    for octet in key:
        value = ((value << 5) + value & 0xFFFFFFFF) ^ octet
    return value


def _cdb_slots(table: list[tuple[int, int]]) -> list[tuple[int, int]]:
    slots = [(0, 0)] * (2 * len(table))
    for value, at in table:
        slot = (value >> 8) % len(slots)
        while slots[slot][1]:
            slot = (slot + 1) % len(slots)
        slots[slot] = (value, at)
    return slots
