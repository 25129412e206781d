"""The manual stays true: every command, flag and variable is in it, and no link is dead."""

import argparse
import re
from pathlib import Path

import pytest

from hornbook.cli import COMMANDS
from hornbook.run import up

ROOT = Path(__file__).resolve().parent.parent
MANUAL = (ROOT / "README.md").read_text() + (ROOT / "docs" / "operators.md").read_text()
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_is_in_the_manual(path: tuple[str, ...]) -> None:
    assert f"{' '.join(path)}" in MANUAL


def test_every_flag_of_up_is_in_the_manual() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    up.configure(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    assert not {flag for flag in flags if flag not in MANUAL}


def test_every_environment_variable_is_in_the_manual() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r'"(HORNBOOK_[A-Z_]+)"', sources))
    assert not {name for name in named if f"`{name}`" not in MANUAL}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_links_to_a_missing_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]
