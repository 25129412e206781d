"""The signing paper: what somebody is shown, as blocks, and the exact bytes that they sign.

A page shows the blocks; ``Paper.body`` is the same blocks as plain UTF-8 text, which anybody can
read in a hundred years. Its SHA-256 is part of the signature. ``Paper.read`` takes the bytes back
into blocks, so that a page shows what is kept and nothing else.

::

    Hornbook signing paper, version 1

    [title] Responsible Use of Technology

    [now CRD-2] Employees must lock the screen.
      A second line of the same block begins with two spaces.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

HEAD = "Hornbook signing paper, version 1"
_BLOCK = re.compile(r"\[([a-z]+)(?: ([^\]]+))?\] ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """``kind`` says how it looks; ``key`` is a clause's, where it belongs to one."""

    kind: str
    text: str
    key: str = ""

    def lines(self) -> str:
        head = f"[{self.kind} {self.key}]" if self.key else f"[{self.kind}]"
        return f"{head} {_indented(self.text)}".rstrip()


def _indented(text: str) -> str:
    return text.strip().replace("\r\n", "\n").replace("\n", "\n  ")


@dataclass(frozen=True)
class Paper:
    blocks: tuple[Block, ...]

    @cached_property
    def body(self) -> bytes:
        return "\n\n".join([HEAD, *(block.lines() for block in self.blocks), ""]).encode()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @classmethod
    def read(cls, body: bytes | memoryview) -> Paper:
        """The paper that was kept. Raises ValueError when it is none."""
        head, *parts = re.split(r"\n\n(?=\[)", bytes(body).decode().rstrip("\n"))
        if head != HEAD:
            raise ValueError("this is no signing paper")
        found = [_BLOCK.fullmatch(part) for part in parts]
        return cls(
            tuple(
                Block(match[1], match[3].replace("\n  ", "\n"), match[2] or "")
                for match in found
                if match
            )
        )

    def section(self, name: str) -> list[Block]:
        """The blocks between the marks ``[part name]`` and the next."""
        found, inside = [], False
        for block in self.blocks:
            if block.kind == "part":
                inside = block.text == name
            elif inside:
                found.append(block)
        return found

    @property
    def sentence(self) -> str:
        return next(block.text for block in self.blocks if block.kind == "sentence")

    @property
    def revision_no(self) -> int:
        return int(next(block.key for block in self.blocks if block.kind == "revision"))
