"""A pack is checked by a stranger with one script, and one changed octet is enough to fail."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.district.learning.models import Campaign
from hornbook.district.ledger.actions import Actor
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import ClauseText
from hornbook.district.policy.pack import cipa
from hornbook.district.policy.pack.actions import VERIFIER, pack_audit, pack_clause, path_of
from hornbook.district.policy.pack.archive import pack
from hornbook.district.policy.pack.models import Pack
from tests.district.conftest import MakePerson, Sites
from tests.district.policy.coverage.conftest import (  # noqa: F401
    campaign,
    duty,
    rule,
    signed,
)

pytestmark = pytest.mark.django_db


def check(data: bytes, folder: Path, *seal: str) -> tuple[int, str]:
    """What the published script says, alone: no Hornbook, no site packages, no network."""
    path = folder / "pack.zip"
    path.write_bytes(data)
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(path), *seal]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def contents(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.endswith(".json")
        }


@pytest.fixture
def made(signed: Campaign, policy_in_force: dict[str, ClauseText], actor: Actor) -> Pack:  # noqa: F811
    return pack_clause(actor=actor, text=policy_in_force["SAFE-1"])


def test_a_pack_holds_and_names_nobody(made: Pack, owner: Person, tmp_path: Path) -> None:
    data = path_of(made.sha256).read_bytes()
    code, words = check(data, tmp_path, made.sha256)
    assert (code, words.startswith("HOLDS: clause SAFE-1@1")) == (0, True), words
    files = contents(data)
    (signature,) = files["signatures.json"]["signatures"]
    assert owner.family_name not in json.dumps(files)
    assert signature["leaf"] in [proof["no"] for proof in files["ledger/proofs.json"]]
    assert f"shown/{signature['shown_sha256']}" in [
        one["name"] for one in files["manifest.json"]["files"]
    ]
    assert files["cases.json"]["cases"] == []
    assert files["filtering.json"]["days"] == []
    assert "How long the filter was up" in files["filtering.json"]["does_not_show"]
    assert Leaf.objects.get(no=made.leaf_no).detail["seal"] == made.sha256


def test_the_signed_root_is_checked_by_the_ledgers_own_script(made: Pack, tmp_path: Path) -> None:
    with zipfile.ZipFile(path_of(made.sha256)) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "ledger"
    command = [sys.executable, "-I", "-S", "verifier.py", "key.txt", "signed-leaf.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_any_changed_octet_is_noticed(made: Pack, tmp_path: Path) -> None:
    data = path_of(made.sha256).read_bytes()
    step = max(1, len(data) // 25)
    places = [0, 1, len(data) - 1, len(data) - 64, len(data) - 65, *range(7, len(data), step)]
    for place in places:
        for bit in (0x01, 0x80):
            broken = bytearray(data)
            broken[place] ^= bit
            code, words = check(bytes(broken), tmp_path)
            assert code != 0, f"octet {place} of {len(data)} was changed unnoticed: {words}"


def test_a_forged_pack_has_another_seal(made: Pack, tmp_path: Path) -> None:
    """Whoever seals anew after a change is caught by the seal that the ledger names."""
    with zipfile.ZipFile(path_of(made.sha256)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        about = json.loads(files.pop("manifest.json"))
    files["cases.json"] = b'{"cases": ["invented"]}'
    told = {key: about[key] for key in ("about", "district", "made_at", "made_by")}
    forged = pack(files, told)
    assert check(forged.data, tmp_path)[0] == 0
    code, words = check(forged.data, tmp_path, made.sha256)
    assert (code, "another pack" in words) == (1, True)


def test_a_leaf_that_is_not_in_the_ledger_is_noticed(made: Pack, tmp_path: Path) -> None:
    with zipfile.ZipFile(path_of(made.sha256)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        about = json.loads(files.pop("manifest.json"))
    proofs = json.loads(files["ledger/proofs.json"])
    proofs[0]["hash"] = "0" * 64
    proofs[0].pop("leaf", None)
    files["ledger/proofs.json"] = json.dumps(proofs).encode()
    forged = pack(files, {"about": about["about"]})
    code, words = check(forged.data, tmp_path)
    assert (code, "is not in the ledger" in words) == (1, True)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}\.txt", fullmatch=True), st.binary(max_size=60)))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_files_make_the_same_octets(files: dict[str, bytes]) -> None:
    once, again = pack(files, {"about": "x"}), pack(dict(reversed(files.items())), {"about": "x"})
    assert once == again
    with zipfile.ZipFile(io.BytesIO(once.data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in files} == files


def test_an_audit_answers_what_the_forms_ask(
    signed: Campaign,  # noqa: F811
    actor: Actor,
    tmp_path: Path,
) -> None:
    filing = cipa.Filing(billed_entity_number="135792", certification="undertaking")
    made = pack_audit(actor=actor, year=2026, filing=filing)
    data = path_of(made.sha256).read_bytes()
    assert check(data, tmp_path, made.sha256)[0] == 0
    form = contents(data)["forms-486-479.json"]
    assert form["billed_entity_name"] == "Central Office"
    assert form["billed_entity_number"] == "135792"
    assert form["service_period"] == ["2026-07-01", "2027-06-30"]
    assert form["keep_until"] == "2037-06-30"
    missing = {one["citation"] for one in form["missing"]}
    assert "47 U.S.C. 254(l)(1)(A)(ii)" in missing
    addressed = {one["citation"]: one["clauses"] for one in form["addressed"]}
    assert addressed["47 U.S.C. 254(l)(1)(A)(v)"] == ["FILTER-1"]


def test_funding_years_begin_in_july() -> None:
    from datetime import date

    days = [date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1)]
    assert [cipa.funding_year_of(day) for day in days] == [2025, 2026, 2026]


ClientFor = Callable[[Person | None], Client]


def test_packs_are_made_and_downloaded_on_pages(
    client_for: ClientFor,
    policy_owner: Person,
    superintendent: Person,
    policy_in_force: dict[str, ClauseText],
    tmp_path: Path,
) -> None:
    client = client_for(policy_owner)
    answer = client.post("/packs/", {"kind": "clause", "clause": "SAFE-1"}, follow=True)
    assert "The pack about clause SAFE-1 is made." in answer.content.decode()
    assert client.post("/packs/", {"year": 2026}, follow=True).status_code == 200
    assert client.post("/packs/", {"year": 1812}).status_code == 422
    assert client.post("/packs/", {"kind": "clause", "clause": "NONE"}).status_code == 404
    made = Pack.objects.get(clause__key="SAFE-1")
    sent = client_for(superintendent).get(f"/packs/{made.sha256}/")
    assert check(b"".join(sent.streaming_content), tmp_path)[0] == 0  # type: ignore[attr-defined]
    assert Leaf.objects.filter(verb="download proof pack").count() == 1
    path_of(made.sha256).unlink()
    lost = client.get(f"/packs/{made.sha256}/", follow=True)
    assert "is not in packs/. Make it again." in lost.content.decode()


def test_the_script_is_for_everybody_and_packs_for_few(
    client: Client,
    client_for: ClientFor,
    hr: Person,
    make_person: MakePerson,
    sites: Sites,
    policy_in_force: dict[str, ClauseText],
) -> None:
    assert client.get("/packs/verify.py").content == VERIFIER.read_bytes()
    here = make_person("Percy Penman", Role.POLICY_OWNER, sites.oak)
    for person in (hr, here):
        assert client_for(person).get("/packs/").status_code == 404
        assert client_for(person).post("/packs/", {"kind": "clause"}).status_code == 404
