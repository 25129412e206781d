"""``hornbook import devices FILE``: the district's machines, whose they are, and their MACs.

A CSV file with the columns ``tag`` and ``site``, and ``person`` and ``mac`` where they are
known. ``tag`` is the asset id or serial number, ``site`` a key or name, ``person`` a key,
roster ID or e-mail address. All lines are taken, or none.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from hornbook.district.filtering.publishing import publish_seating
from hornbook.district.filtering.subjects import UnknownSubject, find_subject, is_address
from hornbook.district.ledger.actions import command_line_actor
from hornbook.district.people.actions import add_devices, known
from hornbook.district.people.identifiers import read_mac
from hornbook.district.people.models import Device, Person, Site
from hornbook.instance import Instance, InstanceError

HELP = "Read devices from CSV: tag, site, person, mac."
COLUMNS = ("tag", "site", "person", "mac")
NEEDED = ("tag", "site")
SHOWN = 20


class DevicesError(InstanceError):
    """The file cannot be used; nothing was changed. The message names the lines."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="FILE", type=Path, help="a CSV file")
    parser.add_argument("--dry-run", action="store_true", help="only say whether it can be used")


def run(args: argparse.Namespace, instance: Instance) -> int:
    devices = read_devices(args.path)
    if args.dry_run:
        print(f"{len(devices)} devices can be taken; nothing was changed.")
        return 0
    add_devices(actor=command_line_actor(), devices=devices)
    print(f"{len(devices)} devices are known now.")
    publish_seating(actor=command_line_actor())
    return 0


def read_devices(path: Path) -> list[Device]:
    """Unsaved devices. Raises DevicesError with the lines that cannot be used."""
    sites = known().site_labels
    devices, troubles = [], []
    for line, row in _rows(path):
        try:
            devices.append(_device(row, sites))
        except (ValueError, UnknownSubject) as error:
            troubles.append(f"line {line}: {error}")
    troubles += _claims_twice(devices)
    if troubles:
        told = "\n".join(f"  {trouble}" for trouble in troubles[:SHOWN])
        raise DevicesError(f"Nothing was changed. {path}:\n{told}")
    return devices


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and rows, with the columns' names in lower case and no empty rows."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True, restkey="", restval="")
            reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
            missing = [name for name in NEEDED if name not in reader.fieldnames]
            if missing:
                raise DevicesError(f"{path} has no column “{missing[0]}”; it needs tag and site.")
            for row in reader:
                told = {name: row.get(name, "").strip() for name in COLUMNS}
                if any(told.values()):
                    yield reader.line_num, told
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DevicesError(f"{path} cannot be read: {error}. Give a CSV file in UTF-8.") from error


def _device(row: Mapping[str, str], sites: Mapping[str, str]) -> Device:
    if any("\0" in value for value in row.values()):
        raise ValueError("it holds the octet 0, which no text has")
    if not 0 < len(row["tag"]) <= 60:
        raise ValueError("a tag must have 1 to 60 characters")
    site = sites.get(row["site"].lower())
    if site is None:
        raise ValueError(f"there is no site “{row['site']}”")
    return Device(
        tag=row["tag"],
        site=Site.objects.get(key=site),
        person=_person(row["person"]) if row["person"] else None,
        mac=read_mac(row["mac"]) if row["mac"] else None,
    )


def _person(told: str) -> Person | None:
    if is_address(told):
        raise ValueError(f"“{told}” is an address, not a person")
    return find_subject(told).person


def _claims_twice(devices: list[Device]) -> Iterator[str]:
    """Tags that stand twice in the file, and MAC addresses that two devices would have."""
    tags: set[str] = set()
    owners = dict(Device.objects.exclude(mac=None).values_list("mac", "tag"))
    for device in devices:
        if device.tag in tags:
            yield f"the tag “{device.tag}” stands there twice"
        tags.add(device.tag)
        if device.mac and owners.setdefault(device.mac, device.tag) != device.tag:
            yield f"{device.mac} is given to “{owners[device.mac]}” and to “{device.tag}”"
