"""Exports that can leave: open formats, a manifest of fingerprints, and a proof from the ledger.

A folder ``exports/<key>/`` holds the files, ``manifest.json`` (their SHA-256), ``proof.json``
(the leaf of this export with its proof: the leaf holds the manifest's SHA-256), the ledger's
public key and the verifier. ``python3 verifier.py ledger.pub .`` checks all of it offline.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.access import looks_at
from hornbook.district.ledger.actions import Actor, person_object, record
from hornbook.district.ledger.keys import signer
from hornbook.district.ledger.leaves import leaf_body
from hornbook.district.ledger.models import Leaf
from hornbook.district.ledger.proofs import prove
from hornbook.district.people.models import Person
from hornbook.district.policy.models import Revision
from hornbook.district.records.models import Export, PublicDay
from hornbook.district.records.public import (
    LEFT_OUT,
    MOST_DAYS,
    K,
    UnreadableDay,
    as_table,
    days_of,
    last_day,
)
from hornbook.district.records.salts import salt_of
from hornbook.instance import InstanceError
from hornbook.record import verifier
from hornbook.record.lake import Lake, Where
from hornbook.record.pseudonyms import pseudonyms

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("csv", "parquet", "jsonl")
EVER = datetime(2000, 1, 1, tzinfo=UTC)
EXPORTED = "records.exported"
PUBLIC = "public"
_README = """This folder was exported from {district}'s Hornbook on {day}.

manifest.json lists every file with its SHA-256. proof.json shows that this very manifest was
written into the District's ledger when it was made. To check both, without a network:

    python3 verifier.py ledger.pub .

Times are UTC (ISO 8601). An empty text says that something is not known.
{more}"""


class ExportRefused(InstanceError):
    """The export was not made; the message says why. Nothing was kept."""


@dataclass(frozen=True)
class Scope:
    """What goes out. ``subject`` for one person; the period in UTC; keys of ``sites``."""

    kind: str  # person, request, district or public
    subject: Person | None = None
    since: datetime = EVER
    until: datetime | None = None
    sites: tuple[str, ...] | None = None
    published: bool = False  # counts only: anybody may fetch it

    @property
    def where(self) -> Where:
        persons = (str(self.subject.key),) if self.subject else None
        return Where(persons=persons, sites=self.sites)


def export(scope: Scope, *, actor: Actor, reason: str, formats: Sequence[str] = FORMATS) -> Export:
    """Make one export. Raises ExportRefused; a folder that is half made is removed."""
    if not reason.strip():
        raise ExportRefused("Say what the export is for: it stands in the ledger, too.")
    key = uuid4()
    folder = settings.INSTANCE.folder("exports") / str(key)
    folder.mkdir(mode=0o700)
    try:
        return _export(folder, scope, actor, reason.strip(), formats)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _export(
    folder: Path, scope: Scope, actor: Actor, reason: str, formats: Sequence[str]
) -> Export:
    rows = _write_parts(folder, scope, formats)
    files = [_described(path, rows) for path in sorted(folder.iterdir())]
    manifest: dict[str, Any] = {
        "kind": scope.kind,
        "reason": reason,
        "made_by": actor.label,
        "made_at": timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
        "person": str(scope.subject.key) if scope.subject else None,
        "files": files,
    }
    if scope.kind == PUBLIC:
        manifest |= {"people_behind_each_row": K, "left_out": LEFT_OUT}
    body = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
    (folder / "manifest.json").write_bytes(body)
    with transaction.atomic():
        leaf = record(
            actor=actor,
            verb=EXPORTED,
            object=person_object(scope.subject.key) if scope.subject else scope.kind,
            detail={
                "export": folder.name,
                "kind": scope.kind,
                "manifest": hashlib.sha256(body).hexdigest(),
                "files": len(files),
            }
            | ({"published": scope.published, "k": K} if scope.kind == PUBLIC else {}),
            sealed={"reason": reason},
        )
        made = Export.objects.create(
            key=folder.name,
            kind=scope.kind,
            subject=scope.subject,
            reason=reason[:300],
            made_by=actor.label,
            made_at=leaf.at,
            files=len(files),
            octets=sum(one["bytes"] for one in files),
            leaf=leaf,
            published=scope.published,
        )
        proof = json.dumps(prove(leaf.no), indent=2, ensure_ascii=False)
        _write_surroundings(folder, proof, f"\n{LEFT_OUT}\n" if scope.kind == PUBLIC else "")
    return made


def _write_surroundings(folder: Path, proof: str, more: str) -> None:
    from hornbook.district.overview.context import district_name

    (folder / "proof.json").write_text(proof, encoding="utf-8")
    (folder / "ledger.pub").write_text(f"{signer().verifier}\n", encoding="utf-8")
    shutil.copyfile(verifier.__file__, folder / "verifier.py")
    day = f"{timezone.localdate():%-d %B %Y}"
    words = _README.format(district=district_name(), day=day, more=more)
    (folder / "README.txt").write_text(words, encoding="utf-8")


def _described(path: Path, rows: dict[str, int]) -> dict[str, Any]:
    body = path.read_bytes()
    return {
        "name": path.name,
        "bytes": len(body),
        "rows": rows[path.name],
        "sha256": hashlib.sha256(body).hexdigest(),
    }


# --- what goes in --------------------------------------------------------------------------------


def _write_parts(folder: Path, scope: Scope, formats: Sequence[str]) -> dict[str, int]:
    """Write everything; how many rows each file has."""
    if scope.kind == PUBLIC:
        return _write_counts(folder, scope, formats)
    rows = _write_activity(folder, scope, formats)
    tables: dict[str, Iterable[dict[str, Any]]] = {}
    if scope.subject:
        tables = {"person": [_person(scope.subject)], "looks": _looks(scope.subject)}
    elif scope.kind == "district":
        tables = {
            "people": map(_person, Person.objects.order_by("pk").iterator()),
            "policies": _policies(),
            "ledger": map(leaf_body, Leaf.objects.order_by("no").iterator()),
        }
    for name, told in tables.items():
        rows[f"{name}.jsonl"] = _write_lines(folder / f"{name}.jsonl", told)
    return rows


def _write_counts(folder: Path, scope: Scope, formats: Sequence[str]) -> dict[str, int]:
    """Counts in which nobody can be found, one file a format."""
    table = as_table(list(_public_days(scope)))
    if not table.num_rows:
        raise ExportRefused(
            f"There is nothing to tell. The days must be over for two days (the last one is "
            f"{last_day():%-d %B %Y}), and on one of them at least {K} known people must have "
            "asked something."
        )
    for name in formats:
        writer = _WRITERS[name](folder / f"counts.{name}")
        writer.write(table)
        writer.close()
    return {f"counts.{name}": table.num_rows for name in formats}


def _public_days(scope: Scope) -> Iterator[PublicDay]:
    if scope.sites is not None:
        raise ExportRefused("Counts for everybody are told of all sites: parts give others away.")
    end = scope.until or timezone.now()
    until = min(timezone.localdate(end - timedelta(microseconds=1)), last_day())
    lake = Lake(settings.INSTANCE.record)
    known = PublicDay.objects.order_by("day").values_list("day", flat=True).first() or until
    first = min(known, timezone.localdate(_first_day(lake, end)))
    since = max(timezone.localdate(scope.since), first)
    if (until - since).days > MOST_DAYS:
        raise ExportRefused(f"Ask for {MOST_DAYS} days at most, and again for the others.")
    try:
        yield from days_of(since, until)
    except UnreadableDay as error:
        _whole([str(error)])


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            count += 1
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True, default=_text) + "\n")
    return count


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _person(person: Person) -> dict[str, Any]:
    roles = person.roles.select_related("site").order_by("starts_on")
    return {
        "key": person.key,
        "number": person.sourced_id or "",
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "birth_date": person.birth_date or "",
        "grade": person.grade,
        "active": person.active,
        "roles": [
            {"role": one.role, "site": one.site.key, "from": one.starts_on, "to": one.ends_on or ""}
            for one in roles
        ],
    }


def _looks(person: Person) -> Iterator[dict[str, Any]]:
    for seen in looks_at(person.key, limit=10_000):
        yield {"leaf": seen.no, "at": seen.at, "who": seen.who, "why": seen.purpose}


def _policies() -> Iterator[dict[str, Any]]:
    for one in Revision.objects.select_related("policy").order_by("policy__key", "no"):
        yield {"policy": one.policy.key, "revision": one.no, "text": one.text}


def _write_activity(folder: Path, scope: Scope, formats: Sequence[str]) -> dict[str, int]:
    """The rows of the record, a day at a time, in each format. Unreadable files end it."""
    writers = [_WRITERS[name](folder / f"activity.{name}") for name in formats]
    count = 0
    try:
        for table in _days(scope):
            count += table.num_rows
            for writer in writers:
                writer.write(table)
    finally:
        for writer in writers:
            writer.close()
    return {f"activity.{name}": count for name in formats}


def _days(scope: Scope) -> Iterator[pa.Table]:
    """Day by day, oldest first, so that years of rows never stand in memory at once."""
    lake = Lake(settings.INSTANCE.record)
    until = scope.until or datetime.now(UTC) + timedelta(days=1)
    start = max(scope.since, _first_day(lake, until))
    while start < until:
        end = min(start + timedelta(days=1), until)
        with lake.window(start, end, scope.where) as window:
            table = window.table.order_by("at").to_pyarrow()
            _whole(window.problems)
        if table.num_rows:
            yield _without_names(table, start) if scope.kind == "request" else table
        start = end


def _whole(problems: Sequence[str]) -> None:
    if problems:
        raise ExportRefused(
            f"Part of the record cannot be read ({problems[0]}); an export that leaves something "
            "out is not made. Put the file back from a copy."
        )


def _first_day(lake: Lake, until: datetime) -> datetime:
    with lake.window(EVER, until) as window:
        first = window.run(lambda table: table.aggregate(first=table["at"].min()))[0]["first"]
        _whole(window.problems)
    found: datetime = (first or until).astimezone(UTC)
    return found.replace(hour=0, minute=0, second=0, microsecond=0)


def _without_names(table: pa.Table, day: datetime) -> pa.Table:
    """For a request of the public: pseudonyms of that month, no address of a client, no page."""
    import pyarrow as pa

    keys = [key or "" for key in table.column("person").to_pylist()]
    told = pa.array(pseudonyms(keys, salt_of(day.date())), pa.utf8())
    table = table.set_column(table.schema.get_field_index("person"), "person", told)
    none = pa.array([""] * table.num_rows, pa.utf8())
    for name in ("client", "path"):
        table = table.set_column(table.schema.get_field_index(name), name, none)
    return table


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._begun = False

    def write(self, table: pa.Table) -> None:
        if not self._begun:
            self._writer.writerow(table.column_names)
            self._begun = True
        for row in table.to_pylist():
            self._writer.writerow([_harmless(_text(value)) for value in row.values()])

    def close(self) -> None:
        self._file.close()


def _harmless(text: str) -> str:
    """No cell begins a formula when somebody opens the file in a spreadsheet (CWE-1236)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


class _Lines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write(self, table: pa.Table) -> None:
        for row in table.to_pylist():
            self._file.write(json.dumps(row, ensure_ascii=False, default=_text) + "\n")

    def close(self) -> None:
        self._file.close()


class _Parquet:
    """Made with the first rows; without any, a file that has the columns and no row."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def write(self, table: pa.Table) -> None:
        import pyarrow.parquet as pq

        if self._writer is None:
            self._schema = table.schema
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        import pyarrow.parquet as pq

        from hornbook.record.schema import ACTIVITY

        if self._writer is None:
            pq.write_table(ACTIVITY.empty_table(), self._path)
        else:
            self._writer.close()


_WRITERS: dict[str, Callable[[Path], Any]] = {"csv": _Csv, "parquet": _Parquet, "jsonl": _Lines}
