"""What devices are told to use the proxy."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from hornbook.cli import main
from hornbook.instance import Instance, Settings
from hornbook.run.profile import pac
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


def test_chromes_policies_hold_the_script(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    policies = json.loads(told(instance, capsys, "chrome"))
    address = policies["ProxySettings"]["ProxyPacUrl"]
    script = base64.b64decode(address.partition("base64,")[2]).decode()
    assert script.strip() == told(instance, capsys, "pac").strip()
    assert policies["ProxySettings"]["ProxyPacMandatory"] is True
    assert policies["QuicAllowed"] is False


def test_what_is_no_host_is_refused(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["profile", "pac", "--host", '";DIRECT', "--data", str(instance.root)]
    assert main(words) == 2
    assert "is no host" in capsys.readouterr().err


def test_an_ipv6_address_is_written_as_a_host() -> None:
    settings = replace(Settings(), private_suffixes=(".Local",))
    assert 'var inside = ["local"];' in pac(settings, "[::1]", [], tls=False)
