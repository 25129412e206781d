"""The data folder: secrets stay secret, broken settings are named, heartbeats are whole."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hornbook.instance import Instance, InstanceError, Ports, Settings, write_atomically


def test_settings_survive_a_round_trip(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    settings = Settings(ports=Ports(dns=5300), upstreams=("9.9.9.9",))
    instance.save(settings)
    assert instance.settings() == settings


@pytest.mark.parametrize("text", ["{", '{"colour": "blue"}', '{"ports": {"dns": 1, "x": 2}}'])
def test_broken_settings_name_the_file_and_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "instance.json").write_text(text)
    with pytest.raises(InstanceError, match=r"instance\.json cannot be read.*Mend it"):
        Instance(tmp_path).settings()


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    first = instance.secret("key")
    assert instance.secret("key") == first
    assert len(first) >= 32
    path = tmp_path / "secrets" / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_processes_that_start_together_agree_on_a_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: Instance(tmp_path).secret("key"), range(64)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["key"]


@pytest.mark.parametrize("name", ["record", "spool", "parts", "logs", "run", "lists"])
def test_what_people_asked_is_closed_to_other_users(tmp_path: Path, name: str) -> None:
    folder = getattr(Instance(tmp_path), name)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InstanceError, match="--data DIR"):
        Instance(tmp_path / "file").folder("parts")


def test_a_heartbeat_that_cannot_be_read_is_no_heartbeat(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    assert instance.heartbeat("dns") is None
    (instance.run / "dns.json").write_text("{")
    assert instance.heartbeat("dns") is None


def test_a_replaced_file_is_old_or_new_and_leaves_no_crumbs(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_takes_no_heartbeat_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    instance = Instance(tmp_path)
    (instance.run / "dns.json").mkdir()  # as a full disk: nothing can be written there
    instance.beat("dns", ready=True)
    assert "the heartbeat of dns cannot be written" in caplog.text
    assert [path.name for path in instance.run.iterdir()] == ["dns.json"]  # and no half file stays
