"""The command that prints what devices are told."""

from __future__ import annotations

import base64
import json
import plistlib
from pathlib import Path

import pytest

from hornbook.cli import main
from hornbook.instance import Instance, Settings
from tests.node.proxy.conftest import HELP, publish


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    found = Instance(tmp_path)
    found.save(Settings(dns_name="filter.district.example", private_suffixes=("school.example",)))
    publish(found.parts)
    return found


def told(instance: Instance, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["profile", *words, "--data", str(instance.root)]) == 0
    return capsys.readouterr().out


def test_a_pac_file_leads_to_the_proxy_and_help_straight_where_there_is_none(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    script = told(instance, capsys, "pac")
    assert f'var help = ["{HELP}"];' in script
    assert 'var inside = ["school.example"];' in script
    assert 'if (under(help)) return "HTTPS filter.district.example:3128; DIRECT";' in script
    assert 'return "HTTPS filter.district.example:3128";' in script
    assert "PROXY 10.4.0.2:3128" in told(instance, capsys, "pac", "--host", "10.4.0.2", "--plain")


def test_chromes_policies_hold_the_script_and_the_salt_of_the_instance(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    policies = json.loads(told(instance, capsys, "chrome", "--group", "people"))
    address = policies["ProxySettings"]["ProxyPacUrl"]
    script = base64.b64decode(address.partition("base64,")[2]).decode()
    assert script == told(instance, capsys, "pac")
    assert policies["DnsOverHttpsSalt"] == instance.secret("chrome-salt-1")[:32]


def test_all_files_are_written_for_a_site_and_its_token(
    instance: Instance, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["--out", str(out), "--site", "maple", "--token", "a" * 32, "--address", "10.4.0.2"]
    assert "files are in" in told(instance, capsys, "all", *words)
    profile = plistlib.loads((out / "apple.mobileconfig").read_bytes())
    (dns,) = profile["PayloadContent"]
    assert dns["DNSSettings"]["ServerURL"].endswith(f"/dns-query/{'a' * 32}")
    assert dns["DNSSettings"]["ServerAddresses"] == ["10.4.0.2"]
    assert "-ServerAddress 10.4.0.2" in (out / "windows.txt").read_text()


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        (["pac", "--host", '";DIRECT'], "is no host"),
        (["chrome", "--token", "short"], "The token is none"),
        (["all"], "Say where the files go"),
    ],
)
def test_what_cannot_be_told_is_refused(
    instance: Instance, capsys: pytest.CaptureFixture[str], words: list[str], trouble: str
) -> None:
    assert main(["profile", *words, "--data", str(instance.root)]) == 2
    assert trouble in capsys.readouterr().err
