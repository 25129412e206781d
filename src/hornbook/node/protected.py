"""The protected set when no rules are in force: what ships, and what was last published.

Rules say themselves what is protected. Before any are there (a fresh machine, torn parts), and
when nobody can be asked for them, these names open all the same, and nothing else does: the names
of ``protected.toml``, those of the last publication that this machine saw (``run/protected.txt``),
and where the console and the parts are. Nothing of it is recorded: a row needs the rules that it
was judged by.
"""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from hornbook.instance import Instance, write_atomically
from hornbook.kernel.names import BadName, normalise, to_wire

FILE = "protected.txt"  # in run/: names, one a line; Envoy reads it, too
CONSOLE_VARIABLE = "HORNBOOK_CONSOLE_URL"
log = logging.getLogger(__name__)


@cache
def shipped() -> dict[str, str]:
    """The protected set of every district: name → why it is protected. Not to be changed."""
    text = (resources.files("hornbook.node") / "protected.toml").read_text(encoding="utf-8")
    groups = tomllib.loads(text).values()
    return {name: group["reason"] for group in groups for name in group["names"]}


def first_names(instance: Instance) -> set[str]:
    """What opens before anything was ever published."""
    return {*shipped(), *_places(instance)}


def _places(instance: Instance) -> Iterable[str]:
    """Hosts of the console and of the parts: a machine that asks itself must find them."""
    for url in (os.environ.get(CONSOLE_VARIABLE, ""), instance.settings().parts_from):
        if url.startswith(("http://", "https://")):
            with suppress(BadName, ValueError):  # an address is not asked for
                yield normalise(urlsplit(url).hostname or "")


class Protected:
    """Names that open without rules, and everything below them."""

    def __init__(self, names: Iterable[str] = (), file: Path | None = None) -> None:
        """``file`` is where the names of a publication are kept."""
        self._file = file
        self._names = frozenset(map(to_wire, names))

    @classmethod
    def of(cls, instance: Instance) -> Protected:
        file = instance.run / FILE
        return cls({*first_names(instance), *_kept(file)}, file)

    def holds(self, name: bytes) -> bool:
        """Whether a name in wire form is one of them or below one."""
        rest = name.lower()
        while len(rest) > 1:
            if rest in self._names:
                return True
            rest = rest[rest[0] + 1 :]
        return False

    def keep(self, names: Iterable[str]) -> None:
        """Keep what rules that came into force protect, for when there are none.

        A disk that takes no file keeps the older ones.
        """
        body = "".join(f"{name}\n" for name in names).encode()
        if self._file is None or not body:
            return
        try:
            if not self._file.exists() or self._file.read_bytes() != body:
                write_atomically(self._file, body)
        except OSError as error:
            log.error("the protected set cannot be written to %s: %s", self._file, error)


def _kept(file: Path) -> list[str]:
    """The names in the file that are names; none where it cannot be read."""
    with suppress(OSError, UnicodeDecodeError):
        return [name for line in file.read_text("utf-8").split() if (name := _name(line))]
    return []


def _name(line: str) -> str:
    try:
        return normalise(line)
    except BadName:
        return ""
