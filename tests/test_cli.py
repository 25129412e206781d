"""The front door names its rooms and says plainly when there is none."""

import importlib.util

import pytest

from hornbook.cli import COMMANDS, main


def test_without_words_it_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "import policy" in capsys.readouterr().out


def test_an_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    assert "there is no command “fly”" in capsys.readouterr().err


@pytest.mark.parametrize("module", [module for module, _ in COMMANDS.values()])
def test_every_command_has_its_module(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


def test_files_of_another_user_are_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(*_: object) -> int:
        raise PermissionError(13, "Permission denied", "/srv/hornbook/run/up.lock")

    monkeypatch.setattr("hornbook.run.prepare.run_command", closed)
    assert main(["status"]) == 2
    assert "/srv/hornbook/run/up.lock is closed to this user." in capsys.readouterr().err
