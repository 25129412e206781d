"""Readers: a file in one of five formats becomes a ``Source``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hornbook.district.policy.reading.blocks import Block, PolicyRefused, full_text, with_title
from hornbook.district.policy.reading.lines import blocks_from_lines

_LARGEST = 20_000_000


@dataclass(frozen=True)
class Source:
    """The blocks of a file, and the text that nothing may be lost from."""

    blocks: list[Block]
    original: str
    warnings: tuple[str, ...] = ()


def read_source(path: Path) -> Source:
    """Read a txt, md, docx, pdf or html file.

    Raises PolicyRefused when it is absent, empty, not what its name says, or has no text.
    """
    suffix = path.suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        raise PolicyRefused(f"{path}: “{suffix or 'no ending'}” is none of {', '.join(_READERS)}")
    try:
        body = path.read_bytes()
    except OSError as error:
        raise PolicyRefused(f"cannot read {path}: {error.strerror}") from error
    if len(body) > _LARGEST:
        raise PolicyRefused(f"{path} is too large for a policy (over {_LARGEST // 1_000_000} MB)")
    try:
        source = reader(body)
    except PolicyRefused as error:
        raise PolicyRefused(f"{path}: {error}") from error
    if not source.blocks:
        raise PolicyRefused(f"{path} holds no text")
    return source


def _text(body: bytes) -> Source:
    text = decode(body)
    lines = [(line, f"line {number}") for number, line in enumerate(text.splitlines(), 1)]
    return Source(with_title(blocks_from_lines(lines)), text)


def decode(body: bytes) -> str:
    """UTF-8, or UTF-16 with its mark. Anything else is refused with the place of the byte."""
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise PolicyRefused(
            f"line {line}: byte {error.start} is not {encoding.removesuffix('-sig').upper()}. "
            "Save the file as UTF-8 and try again"
        ) from error
    control = next((i for i, c in enumerate(text) if ord(c) < 32 and c not in "\t\n\r\f\v"), None)
    if control is not None:
        line = text.count("\n", 0, control) + 1
        raise PolicyRefused(f"line {line}: this is a binary file, not text")
    return text


def _markdown(body: bytes) -> Source:
    from hornbook.district.policy.reading.markup import blocks_of_markdown

    return _of_blocks(blocks_of_markdown(decode(body)))


def _html(body: bytes) -> Source:
    from hornbook.district.policy.reading.markup import blocks_of_html

    return _of_blocks(blocks_of_html(body))


def _word(body: bytes) -> Source:
    from hornbook.district.policy.reading.word import blocks_of_word

    return _of_blocks(blocks_of_word(body))


def _pdf(body: bytes) -> Source:
    from hornbook.district.policy.reading.pdf import lines_of_pdf

    lines, warnings = lines_of_pdf(body)
    source = _of_blocks(blocks_from_lines(lines))
    return Source(source.blocks, "\n".join(text for text, _ in lines), tuple(warnings))


def _of_blocks(blocks: list[Block]) -> Source:
    blocks = with_title([block for block in blocks if block.text])
    return Source(blocks, full_text(blocks))


_READERS: dict[str, Callable[[bytes], Source]] = {
    ".txt": _text,
    ".md": _markdown,
    ".markdown": _markdown,
    ".docx": _word,
    ".pdf": _pdf,
    ".html": _html,
    ".htm": _html,
}
