"""What leaves the house is whole, readable by others, and proved."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse

from hornbook.district.ledger.actions import SYSTEM
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from hornbook.district.records.exporting import ExportRefused, Scope, export
from hornbook.district.records.models import Export
from hornbook.instance import Instance
from tests.district.records.conftest import Write

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Person | None], Client]


def folder_of(instance: Instance, made: Export) -> Path:
    return instance.root / "exports" / str(made.key)


def check_offline(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "verifier.py", "ledger.pub", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_one_persons_rows_leave_in_three_formats(
    instance: Instance, write: Write, owner: Person, colleague: Person
) -> None:
    write(3, person=owner.key, name="mine.example")
    write(2, days_ago=3, person=owner.key, name="=cmd.example")
    write(2, person=colleague.key, name="theirs.example")
    made = export(Scope("person", owner), actor=SYSTEM, reason="Inspection by a parent")
    folder = folder_of(instance, made)
    table = pq.read_table(folder / "activity.parquet")
    lines = [json.loads(line) for line in (folder / "activity.jsonl").read_text().splitlines()]
    with (folder / "activity.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))
    assert table.num_rows == len(lines) == len(cells) == 5
    assert {row["person"] for row in lines} == {str(owner.key)}
    assert [row["name"] for row in lines][:2] == ["=cmd.example"] * 2
    assert cells[0]["name"] == "'=cmd.example", "no formula when a spreadsheet opens it"
    assert json.loads((folder / "person.jsonl").read_text())["family_name"] == "Owner"


def test_an_export_is_checked_offline_and_any_change_is_found(
    instance: Instance, write: Write, owner: Person
) -> None:
    write(3, person=owner.key)
    made = export(Scope("person", owner), actor=SYSTEM, reason="Inspection")
    folder = folder_of(instance, made)
    code, said = check_offline(folder)
    assert code == 0, said
    assert "every file is as it was exported" in said
    for name in ("activity.csv", "manifest.json", "proof.json"):
        path = folder / name
        body = path.read_bytes()
        path.write_bytes(body.replace(b"a", b"b", 1))
        code, said = check_offline(folder)
        assert (code, "DOES NOT HOLD" in said) == (1, True), name
        path.write_bytes(body)


def test_the_whole_district_leaves_with_its_ledger(
    instance: Instance, write: Write, owner: Person, policy_in_force: object
) -> None:
    write(3, person=owner.key)
    made = export(Scope("district"), actor=SYSTEM, reason="We leave", formats=["parquet"])
    folder = folder_of(instance, made)
    names = {path.name for path in folder.iterdir()}
    assert {"activity.parquet", "people.jsonl", "policies.jsonl", "ledger.jsonl"} <= names
    assert "activity.csv" not in names
    assert check_offline(folder)[0] == 0


def test_a_request_gets_pseudonyms_and_no_addresses(
    instance: Instance, write: Write, owner: Person, colleague: Person
) -> None:
    write(2, person=owner.key, path="/diary/one")
    write(1, person=colleague.key)
    made = export(Scope("request"), actor=SYSTEM, reason="Request 12")
    body = (folder_of(instance, made) / "activity.jsonl").read_text()
    rows = [json.loads(line) for line in body.splitlines()]
    assert str(owner.key) not in body
    assert len({row["person"] for row in rows}) == 2
    assert {(row["client"], row["path"]) for row in rows} == {("", "")}


def test_an_export_without_a_reason_or_of_a_torn_record_is_not_made(
    instance: Instance, write: Write, owner: Person
) -> None:
    with pytest.raises(ExportRefused, match="what the export is for"):
        export(Scope("person", owner), actor=SYSTEM, reason=" ")
    write(3, person=owner.key)
    (torn,) = instance.record.glob("node-1/day=*/*.parquet")
    torn.write_bytes(torn.read_bytes()[:-9])
    with pytest.raises(ExportRefused, match="cannot be read"):
        export(Scope("person", owner), actor=SYSTEM, reason="Inspection")
    assert list((instance.root / "exports").iterdir()) == []
    assert not Export.objects.exists()


def test_a_person_without_rows_gets_empty_files(instance: Instance, owner: Person) -> None:
    made = export(Scope("person", owner), actor=SYSTEM, reason="Inspection")
    folder = folder_of(instance, made)
    assert pq.read_table(folder / "activity.parquet").num_rows == 0
    assert check_offline(folder)[0] == 0


def test_the_page_makes_one_and_hands_it_out(
    instance: Instance, write: Write, client_for: ClientFor, custodian: Person, owner: Person
) -> None:
    write(3, person=owner.key)
    client = client_for(custodian)
    told = {"person": "Olive Owner", "reason": "Inspection"}
    assert client.post(reverse("exports"), told).status_code == 302
    made = Export.objects.get()
    assert "Olive Owner" in client.get(reverse("exports")).content.decode()
    answer = client.get(reverse("export-download", args=[made.key]))
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as packed:
        assert "export/manifest.json" in packed.namelist()
    assert Leaf.objects.filter(verb="look", object=str(made)).exists()
    assert Leaf.objects.filter(verb="records.exported", object=f"person {owner.key}").exists()


@pytest.mark.parametrize("name", ["principal", "it_admin", "owner"])
def test_others_get_no_export(
    request: pytest.FixtureRequest,
    instance: Instance,
    client_for: ClientFor,
    student: Person,
    name: str,
) -> None:
    made = export(Scope("person", student), actor=SYSTEM, reason="Inspection")
    client = client_for(request.getfixturevalue(name))
    assert client.get(reverse("export-download", args=[made.key])).status_code == 404
