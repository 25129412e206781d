"""Devices from a CSV file: all lines or none, and every trouble with its line."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hornbook.district.ledger.models import Leaf
from hornbook.district.people import devices_command
from hornbook.district.people.devices_command import DevicesError, read_devices
from hornbook.district.people.models import Device, Person
from hornbook.instance import Instance
from tests.district.conftest import Sites

pytestmark = pytest.mark.django_db


def run(path: Path, body: str, *words: str) -> int:
    path.write_text(body)
    parser = argparse.ArgumentParser()
    devices_command.configure(parser)
    return devices_command.run(parser.parse_args([str(path), *words]), Instance(Path("unused")))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devices.csv"


def test_devices_come_with_their_people_and_mac_addresses(
    file: Path, sites: Sites, student: Person
) -> None:
    body = (
        "Tag,Site,Person,MAC\n"
        f"LAP-7,maple,{student.email},02-00-5E-10-00-01\n"
        "CART-1,Birch High School,,\n"
        ",,,\n"
    )
    assert run(file, body) == 0
    found = {
        device.tag: (device.person, device.site, device.mac) for device in Device.objects.all()
    }
    assert found == {
        "LAP-7": (student, sites.maple, "02:00:5e:10:00:01"),
        "CART-1": (None, sites.birch, None),
    }
    assert Leaf.objects.get().verb == "add devices"
    assert run(file, body) == 0
    assert Device.objects.count() == 2


def test_a_dry_run_changes_nothing(
    file: Path, sites: Sites, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(file, "tag,site\nLAP-7,maple\n", "--dry-run") == 0
    assert "1 devices can be taken" in capsys.readouterr().out
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    ("lines", "trouble"),
    [
        ("X,moon,,", "line 3: there is no site “moon”"),
        ("X,maple,nobody@x.test,", "line 3: Nobody is known as “nobody@x.test”"),
        ("X,maple,10.1.2.3,", "line 3: “10.1.2.3” is an address"),
        ("X,maple,,router", "line 3: “router” is no MAC address"),
        (",maple,,", "line 3: a tag must have"),
        ("X\0,maple,,", "line 3: it holds the octet 0"),
        ("LAP-7,maple,,", "“LAP-7” stands there twice"),
        ("X,maple,,02:00:5e:10:00:01", "is given to “LAP-7” and to “X”"),
        ("X,maple,,02:00:5e:10:00:09", "is given to “OLD” and to “X”"),
    ],
)
def test_one_bad_line_stops_them_all(file: Path, sites: Sites, lines: str, trouble: str) -> None:
    Device.objects.create(tag="OLD", site=sites.oak, mac="02:00:5e:10:00:09")
    with pytest.raises(DevicesError, match=trouble):
        run(file, f"tag,site,person,mac\nLAP-7,maple,,02:00:5e:10:00:01\n{lines}\n")
    assert Device.objects.count() == 1
    assert not Leaf.objects.exists()


def test_a_file_that_is_none_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(DevicesError, match="no column “site”"):
        run(file, "tag,name\n")
    with pytest.raises(DevicesError, match="cannot be read"):
        read_devices(tmp_path / "nothing.csv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(file: Path, octets: bytes) -> None:
    file.write_bytes(octets)
    with suppress(DevicesError):
        assert isinstance(read_devices(file), list)
