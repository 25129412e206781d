"""The words of ``hornbook node``: what is remembered, what is refused before anything starts."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from hornbook.cli import main
from hornbook.instance import DATA_VARIABLE, Instance, Ports, Settings
from hornbook.run import node


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    node.configure(parser)
    return parser.parse_args(words)


def test_flags_win_over_what_the_folder_remembers() -> None:
    before = Settings(ports=Ports(dns=53, notice=80), node="oak", parts_from="https://a/parts/")
    words = ["--dns", "5300", "--site", "oak", "--upstream", "9.9.9.9", "--upstream", "1.1.1.1"]
    chosen = node.chosen_settings(parse(*words), before)
    assert (chosen.ports.dns, chosen.ports.notice) == (5300, 80)
    assert (chosen.node, chosen.site, chosen.parts_from) == ("oak", "oak", "https://a/parts/")
    assert chosen.upstreams == ("9.9.9.9", "1.1.1.1")


def test_a_folder_is_remembered_by_its_full_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert node.chosen_settings(parse("--from", "parts"), Settings()).parts_from == str(
        tmp_path / "parts"
    )


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command tells its folder to its children by the environment; take that back."""
    monkeypatch.setenv(DATA_VARIABLE, "")


REFUSED = [
    ([], "Say where the parts come from"),
    (["--from", "http://console.example/parts/"], "in the clear"),
    (["--from", "https://console.example/parts/", "--token-file", "absent"], "cannot be read"),
    (["--from", "nowhere://bucket"], "cannot be used as a source"),
]


@pytest.mark.parametrize(("words", "why"), REFUSED)
def test_what_cannot_work_is_refused_and_not_remembered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    Instance(tmp_path).save(Settings(node="oak"))
    before = (tmp_path / "instance.json").read_bytes()
    assert main(["node", "--data", str(tmp_path), *words]) == 2
    assert why in capsys.readouterr().err
    assert (tmp_path / "instance.json").read_bytes() == before


def test_a_consoles_folder_is_no_nodes_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pg").mkdir()
    assert main(["node", "--data", str(tmp_path), "--from", str(tmp_path)]) == 2
    assert "its own --data" in capsys.readouterr().err
