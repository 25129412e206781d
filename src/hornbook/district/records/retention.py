"""What would be destroyed tonight, and what stops it; and the night itself.

The plan is computed anew each time from the schedule, the clock and the stops, and the night
computes it again while it holds the lake: a hold that was placed a second ago wins. What is
destroyed leaves a certificate with the fingerprints of what was there, the daily sums by clause
and answer (no people), the rule and its citation; the certificate's own fingerprint is a leaf.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.ledger.actions import FORGOT, SYSTEM, Actor, forget, record
from hornbook.district.ledger.leaves import canonical, settle
from hornbook.district.ledger.models import Leaf, Opening
from hornbook.district.records.dated import DATED, Dated
from hornbook.district.records.law import Keep, schedule
from hornbook.district.records.models import Certificate, Export
from hornbook.district.records.salts import destroy_old, past_salts
from hornbook.district.records.stops import Stop, stops

if TYPE_CHECKING:
    import pyarrow as pa

    from hornbook.record.changes import File
    from hornbook.record.compaction import Compactor

SCHEDULE = "records.schedule"
RAN = "records.retention-run"
DESTROYED = "records.destroyed"
AT_HOUR = 2  # district time: nobody is at work
CLOCK_SLACK = timedelta(minutes=10)
LONGEST_GAP = timedelta(days=3)  # between two nights; after more the first one only looks


@dataclass(frozen=True)
class Due:
    """One thing past its time: what it is, how much, and what stops it, in words."""

    entry: str
    name: str
    day: date
    amount: int
    stopped_by: tuple[str, ...] = ()
    partly: bool = False  # stopped for some people only: the rest goes

    @property
    def goes(self) -> bool:
        return not self.stopped_by or self.partly


@dataclass
class Plan:
    """What the night would do."""

    due: list[Due] = field(default_factory=list)
    waits: str = ""  # why nothing at all is destroyed this night
    problems: list[str] = field(default_factory=list)


class Room(Protocol):
    """A room whose rows have an ``entry`` in the schedule: what is past its time, and its end."""

    entry: str

    def due(self, before: date, standing: Sequence[Stop]) -> list[Due]:
        """Everything of before that day, with what stops it."""

    def destroy(self, before: date) -> list[dict[str, Any]]:
        """Destroy what nothing stops, asking anew; what went, as certificates tell it."""


#: Rooms add theirs here (in their AppConfig.ready), in the order in which they are destroyed.
ROOMS: list[Room] = []


def cutoff(entry: Keep, today: date) -> date | None:
    """Days before this one are past their time; None where it is kept for ever."""
    return None if entry.days is None else today - timedelta(days=entry.days)


def plan(now: datetime) -> Plan:
    """What would be destroyed if the night were now. Reads only."""
    from hornbook.record.changes import Changes
    from hornbook.record.store import store_of

    found, standing, today = schedule(), stops(), timezone.localdate(now)
    made = Plan(waits=_waits(found.digest, now))
    changes = Changes(store_of(settings.INSTANCE.record))
    changes.read_on()
    made.problems += changes.problems
    made.due += [
        _file_due(file, standing)
        for file in past_files(changes.live, cutoff(found.entries["activity"], today))
    ]
    made.due += [
        Due("reasons", f"reasons in leaf {leaf.no}", timezone.localdate(leaf.at), 1)
        for leaf in _past_reasons(cutoff(found.entries["reasons"], today))
    ]
    for kind in DATED:
        made.due += past_rows(kind, cutoff(found.entries[kind.entry], today), standing)
    made.due += [
        Due("exports", str(export), timezone.localdate(export.made_at), export.files)
        for export in _past_exports(cutoff(found.entries["exports"], today))
    ]
    made.due += [
        Due("salts", f"the key {name}", last, 1)
        for name, last in _past_salts(found.entries["salts"], today).items()
    ]
    for room in ROOMS:
        before = cutoff(found.entries[room.entry], today)
        made.due += room.due(before, standing) if before else []
    return made


def _waits(digest: str, now: datetime) -> str:
    """Why nothing at all goes this night, "" when it does."""
    return _is_settled(digest, now) or _clock_fault(now)


def _is_settled(digest: str, now: datetime) -> str:
    last = Leaf.objects.filter(verb=SCHEDULE).order_by("-no").first()
    if last is None or last.detail["sha256"] != digest:
        return "The schedule is new or was changed: the first night only writes it down."
    if now - last.at < timedelta(hours=12):
        return "The schedule was written down less than half a day ago: this night it waits."
    return ""


def _clock_fault(now: datetime) -> str:
    """Why the clock is not believed; a clock that jumps ahead makes everything past its time."""
    newest = Leaf.objects.order_by("-no").first()
    if newest and newest.at > now + CLOCK_SLACK:
        return (
            "The clock stands before the newest entry of the ledger: nothing goes until it is set."
        )
    ran = Leaf.objects.filter(verb=RAN).order_by("-no").first()
    if ran and now - ran.at > LONGEST_GAP:
        days = (now - ran.at).days
        return (
            f"The last night was {days} days ago. In case the clock has jumped, this night nothing "
            "goes; look at the date. The next night goes on."
        )
    return ""


def past_files(live: Sequence[File], before: date | None) -> list[File]:
    """The files of days that lie wholly before ``before``, oldest first."""
    if before is None:
        return []
    return sorted(
        (file for file in live if file.day < before.isoformat()), key=lambda one: one.file
    )


def _file_due(file: File, standing: Sequence[Stop]) -> Due:
    day = date.fromisoformat(file.day)
    here = [stop for stop in standing if stop.on(day, file.site)]
    return Due(
        "activity",
        f"questions of {file.day} at {file.site or 'no known site'}",
        day,
        file.rows,
        tuple(stop.words for stop in here),
        partly=bool(here) and all(stop.persons is not None for stop in here),
    )


def past_rows(kind: Dated, before: date | None, standing: Sequence[Stop]) -> list[Due]:
    """Rows of days past their time, as far as nothing stops them for everybody."""
    found = []
    for day in kind.past_days(before):
        goes = kind.rows(day, standing).count()
        words = tuple(stop.words for stop in kind.stops_on(day, standing))
        name = f"{kind.words} of {day.isoformat()}"
        found.append(Due(kind.entry, name, day, goes, words, partly=goes > 0))
    return found


def _past_reasons(before: date | None) -> list[Leaf]:
    if before is None:
        return []
    with_words = Opening.objects.values("leaf")
    return list(Leaf.objects.filter(no__in=with_words, at__date__lt=before).order_by("no"))


def _past_exports(before: date | None) -> list[Export]:
    if before is None:
        return []
    return list(Export.objects.filter(destroyed_at__isnull=True, made_at__date__lt=before))


def _past_salts(entry: Keep, today: date) -> dict[str, date]:
    before = cutoff(entry, today)
    return past_salts(before) if before else {}


# --- the night -----------------------------------------------------------------------------------


def run_if_due() -> None:
    """For the worker: once a night, after two o'clock in district time."""
    now = timezone.localtime()
    if now.hour < AT_HOUR:
        return
    last = Leaf.objects.filter(verb=RAN).order_by("-no").first()
    if last is None or timezone.localdate(last.at) < now.date():
        run(now, actor=SYSTEM)


def run(now: datetime, *, actor: Actor) -> list[Certificate]:
    """The night: destroy what is due and nothing stops, certify it, and write that it ran.

    On the first night of a changed schedule it only writes the schedule down.
    """
    found, today = schedule(), timezone.localdate(now)
    waits = _waits(found.digest, now)
    made: list[Certificate] = []
    if not waits:
        made += _destroy_activity(found.entries["activity"], today, actor)
        made += _destroy_reasons(found.entries["reasons"], today, actor)
        for kind in DATED:
            made += _destroy_rows(kind, found.entries[kind.entry], today, actor)
        made += _destroy_exports(found.entries["exports"], today, actor)
        made += _destroy_salts(found.entries["salts"], today, actor)
        for room in ROOMS:
            made += _destroy_of(room, found.entries[room.entry], today, actor)
    with transaction.atomic():
        if waits and not _is_written(found.digest):
            days = {key: entry.days for key, entry in found.entries.items()}
            detail = {"sha256": found.digest, "days": days}
            record(actor=actor, verb=SCHEDULE, object="retention schedule", detail=detail)
        told = {"waits": waits, "certificates": [one.pk for one in made]}
        record(actor=actor, verb=RAN, object="retention", detail=told)
    return made


def _is_written(digest: str) -> bool:
    last = Leaf.objects.filter(verb=SCHEDULE).order_by("-no").first()
    return last is not None and bool(last.detail["sha256"] == digest)


def _certify(entry: Keep, what: list[dict[str, Any]], actor: Actor) -> Certificate:
    body = settle(
        {
            "entry": entry.key,
            "title": entry.title,
            "period": entry.words,
            "citation": entry.citation,
            "checked_on": entry.checked_on.isoformat(),
            "destroyed": what,
        }
    )
    with transaction.atomic():
        leaf = record(
            actor=actor,
            verb=DESTROYED,
            object=f"{entry.key}: {len(what)}",
            detail={"certificate": hashlib.sha256(canonical(body)).hexdigest()},
        )
        return Certificate.objects.create(entry=entry.key, body=body, leaf=leaf)


def _destroy_activity(entry: Keep, today: date, actor: Actor) -> list[Certificate]:
    from hornbook.record.compaction import compactor

    before = cutoff(entry, today)
    what: list[dict[str, Any]] = []
    if before is None:
        return []
    with compactor(settings.INSTANCE.record) as lake:
        lake.compact(datetime(before.year, before.month, before.day, tzinfo=UTC))
        for file in past_files(lake.changes.live, before):
            gone = _destroy_file(lake, file, entry)
            what += [gone] if gone else []
    return [_certify(entry, what, actor)] if what else []


def _destroy_file(lake: Compactor, file: File, entry: Keep) -> dict[str, Any] | None:
    """Take out of one file what nothing stops; what went, or None. Stops are asked anew."""
    from hornbook.record.pages import verified

    day = date.fromisoformat(file.day)
    here = [stop for stop in stops() if stop.on(day, file.site)]
    if any(stop.persons is None for stop in here):
        return None
    held = frozenset(key for stop in here for key in stop.persons or ())
    rows = verified(lake.store.get(file.file), file.sha256, file.rows)
    kept = _of_persons(rows, held)
    if kept.num_rows == rows.num_rows:
        return None
    went = {
        "what": f"questions of {file.day} at {file.site or 'no known site'}",
        "file": file.file,
        "sha256": file.sha256,
        "rows": rows.num_rows - kept.num_rows,
        "kept": kept.num_rows,
        "kept_for": sorted({stop.words for stop in here}) if kept.num_rows else [],
        "sums": _sums(rows),
    }
    why = {"reason": entry.title, "period": entry.words, "citation": entry.citation}
    lake.rewrite([file], lambda table: _of_persons(table, held), why)
    return went


def _of_persons(table: pa.Table, persons: frozenset[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not persons:
        return table.slice(0, 0)
    keys = pa.array(sorted(persons), pa.utf8())
    return table.filter(pc.is_in(table.column("person").cast(pa.utf8()), keys))


def _sums(table: pa.Table) -> list[dict[str, Any]]:
    """Questions by clause and answer of the file: what stays for ten years, without people."""
    import pyarrow as pa

    plain = pa.table({name: table.column(name).cast(pa.utf8()) for name in ("clause", "action")})
    counted = plain.group_by(["clause", "action"]).aggregate([([], "count_all")])
    return sorted(
        (
            {"clause": row["clause"], "action": row["action"], "questions": row["count_all"]}
            for row in counted.to_pylist()
        ),
        key=lambda row: (row["clause"], row["action"]),
    )


def _destroy_reasons(entry: Keep, today: date, actor: Actor) -> list[Certificate]:
    what = []
    for leaf in _past_reasons(cutoff(entry, today)):
        told = forget(actor=actor, leaf=leaf, reason=f"{entry.words} are over")
        if told:
            what.append({"what": f"sealed words of leaf {leaf.no}", FORGOT: told.no})
    return [_certify(entry, what, actor)] if what else []


def _destroy_rows(kind: Dated, entry: Keep, today: date, actor: Actor) -> list[Certificate]:
    gone = [due for due in past_rows(kind, cutoff(entry, today), stops()) if due.goes]
    what = []
    for due in gone:
        kind.rows(due.day, stops()).delete()
        what.append({"what": due.name, kind.words: due.amount, "kept_for": list(due.stopped_by)})
    return [_certify(entry, what, actor)] if what else []


def _destroy_exports(entry: Keep, today: date, actor: Actor) -> list[Certificate]:
    what = []
    for export in _past_exports(cutoff(entry, today)):
        shutil.rmtree(settings.INSTANCE.root / "exports" / str(export.key), ignore_errors=True)
        export.destroyed_at = timezone.now()
        export.save(update_fields=["destroyed_at"])
        what.append({"what": str(export), "leaf": export.leaf_id, "files": export.files})
    return [_certify(entry, what, actor)] if what else []


def _destroy_salts(entry: Keep, today: date, actor: Actor) -> list[Certificate]:
    """Nothing stops these: a hold keeps the rows, and the rows have the people's own keys."""
    before = cutoff(entry, today)
    what = [{"what": f"the key {name}"} for name in destroy_old(before)] if before else []
    return [_certify(entry, what, actor)] if what else []


def _destroy_of(room: Room, entry: Keep, today: date, actor: Actor) -> list[Certificate]:
    """In one transaction: nothing is gone without its certificate."""
    before = cutoff(entry, today)
    with transaction.atomic():
        what = room.destroy(before) if before else []
        return [_certify(entry, what, actor)] if what else []
