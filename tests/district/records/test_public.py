"""Counts for everybody: nobody is found in them, however they are put together."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import Error, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.records import export_command
from hornbook.district.records.actions import as_moment
from hornbook.district.records.exporting import PUBLIC, ExportRefused, Scope, export
from hornbook.district.records.models import Export, PublicDay
from hornbook.district.records.public import ALL, last_day
from hornbook.instance import Instance, InstanceError
from hornbook.record.segments import SegmentWriter
from tests.record.rows import BLOCKED, rows

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]
Asked = Callable[..., None]


@pytest.fixture
def asked(instance: Instance) -> Asked:
    """``asked(12, site="maple", day=…, blocked=True)``: so many people ask two questions each."""

    def seal(people: int, *, site: str, day: date | None = None, blocked: bool = False) -> None:
        noon = timezone.make_aware(datetime.combine(day or last_day(), time(12)))
        words: dict[str, Any] = BLOCKED | {"clause": "FILTER-1@1"} if blocked else {}
        writer = SegmentWriter(instance.record, "node-1")
        for number in range(people):
            who = {"person": f"{site}-{number}", "site": site}
            writer.append(rows(2, at=noon, **{**words, **who}))
        writer.close()

    return seal


def counts(instance: Instance, made: Export) -> dict[tuple[str, ...], int]:
    """(day, site, action) of each row, with its number of questions."""
    table = pq.read_table(instance.root / "exports" / str(made.key) / "counts.parquet")
    return {(row["day"], row["site"], row["action"]): row["questions"] for row in table.to_pylist()}


def make(since: date | None = None, until: date | None = None, **told: Any) -> Export:
    start = as_moment(since or last_day())
    end = as_moment((until or last_day()) + timedelta(days=1))
    return export(Scope(PUBLIC, since=start, until=end, **told), actor=SYSTEM, reason="Request 12")


def test_counts_by_day_site_and_clause_with_totals(instance: Instance, asked: Asked) -> None:
    asked(12, site="maple")
    asked(20, site="oak")
    asked(11, site="oak", blocked=True)
    day = last_day().isoformat()
    assert counts(instance, make()) == {
        (day, "maple", "allow"): 24,
        (day, "maple", ALL): 24,
        (day, "oak", "allow"): 40,
        (day, "oak", "block"): 22,
        (day, "oak", ALL): 62,
        (day, ALL, "allow"): 64,
        (day, ALL, "block"): 22,
        (day, ALL, ALL): 86,
    }


def test_three_people_at_one_school_cannot_be_worked_out(instance: Instance, asked: Asked) -> None:
    """Blocked at Maple: 3 people. With totals shown, hiding that cell alone would tell it."""
    for site, people, blocked in (("maple", 30, 3), ("oak", 40, 12), ("birch", 50, 20)):
        asked(people, site=site)
        asked(blocked, site=site, blocked=True)
    found = counts(instance, make())
    day = last_day().isoformat()
    assert (day, "maple", "block") not in found
    row = found.get((day, "maple", ALL), 0) - found.get((day, "maple", "allow"), 0)
    column = found.get((day, ALL, "block"), 0) - sum(
        found.get((day, site, "block"), 0) for site in ("oak", "birch")
    )
    assert 6 not in (row, column), "the questions of the three"
    assert found[day, "birch", ALL] == 140, "what is safe is told"


def test_a_day_is_always_told_the_same(instance: Instance, asked: Asked) -> None:
    """A later or longer answer would give away by comparison what each alone hides."""
    before = last_day() - timedelta(days=1)
    asked(12, site="maple")
    asked(12, site="maple", day=before)
    first = counts(instance, make())
    asked(9, site="oak")  # a node that was away for long
    longer = counts(instance, make(since=before))
    assert {cell: n for cell, n in longer.items() if cell[0] == last_day().isoformat()} == first
    with pytest.raises(Error, match="Cannot update"), transaction.atomic():
        PublicDay.objects.update(k=2)


def test_days_that_are_not_settled_are_not_told(instance: Instance, asked: Asked) -> None:
    asked(12, site="maple", day=timezone.localdate())
    with pytest.raises(ExportRefused, match="must be over for two days"):
        make(until=timezone.localdate())
    assert not PublicDay.objects.exists()
    assert list((instance.root / "exports").iterdir()) == []


def test_who_is_not_known_is_nobody_to_hide_among(instance: Instance, asked: Asked) -> None:
    writer = SegmentWriter(instance.record, "node-1")
    noon = timezone.make_aware(datetime.combine(last_day(), time(12)))
    writer.append(rows(50, at=noon, site="maple", person=""))
    writer.close()
    with pytest.raises(ExportRefused, match="at least 10 known people"):
        make()


def test_parts_of_the_district_are_not_told(asked: Asked) -> None:
    with pytest.raises(ExportRefused, match="all sites"):
        make(sites=("maple",))


def test_an_unreadable_record_gives_no_wrong_numbers(instance: Instance, asked: Asked) -> None:
    asked(12, site="maple")
    segment = next(instance.record.rglob("*.parquet"))
    segment.write_bytes(segment.read_bytes()[:-9])
    with pytest.raises(ExportRefused, match="cannot be read"):
        make()
    assert not PublicDay.objects.exists()


def test_it_leaves_with_a_manifest_a_proof_and_a_leaf(instance: Instance, asked: Asked) -> None:
    asked(12, site="maple")
    folder = instance.root / "exports" / str(make().key)
    done = subprocess.run(
        [sys.executable, "-I", "verifier.py", "ledger.pub", "."],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["people_behind_each_row"] == 10
    assert {one["name"] for one in manifest["files"]} == {f"counts.{kind}" for kind in
                                                          ("csv", "parquet", "jsonl")}  # fmt: skip
    assert "or zero" in (folder / "README.txt").read_text()
    assert Leaf.objects.get(verb="records.exported").detail["k"] == 10


def test_the_custodian_publishes_and_anybody_fetches(
    client_for: ClientFor, custodian: Person, stranger: Person, asked: Asked
) -> None:
    asked(12, site="maple")
    told = {
        "since": last_day().isoformat(),
        "until": last_day().isoformat(),
        "release": "request",
        "reason": "Request 12",
    }
    page, visitor = reverse("export-public"), Client()
    assert client_for(stranger).post(page, told).status_code == 404
    assert client_for(custodian).post(page, told).status_code == 302
    handed = Export.objects.get()
    assert visitor.get(reverse("numbers-download", args=[handed.key])).status_code == 404
    assert "Nothing is published yet" in visitor.get(reverse("numbers")).content.decode()
    client_for(custodian).post(page, told | {"release": "publish"})
    made = Export.objects.get(published=True)
    assert "Request 12" in visitor.get(reverse("numbers")).content.decode()
    body = visitor.get(reverse("numbers-download", args=[made.key])).getvalue()
    assert "export/counts.csv" in zipfile.ZipFile(BytesIO(body)).namelist()


def test_only_counts_can_be_published(instance: Instance, asked: Asked) -> None:
    asked(12, site="maple")
    made = make()
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=made.pk).update(kind="request", published=True)


def test_the_command(instance: Instance, asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    asked(12, site="maple")
    assert run(instance, "--public", "--publish", "--reason", "Yearly") == 0
    folder = Path(capsys.readouterr().out.splitlines()[0].rpartition(": ")[2])
    assert (folder / "counts.csv").read_text().startswith("day,site,action")
    with pytest.raises(InstanceError, match="Only counts can be published"):
        run(instance, "--request", "--publish", "--reason", "No")


def run(instance: Instance, *words: str) -> int:
    parser = argparse.ArgumentParser()
    export_command.configure(parser)
    return export_command.run(parser.parse_args(words), instance)
