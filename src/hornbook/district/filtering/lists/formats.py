"""What the lines of a list mean: plain names and URLs, hosts, ``||name^``, v2fly and RPZ.

A line that is nothing but a plain name in its format is recognised by one regular expression
(millions of lines); every other line goes to the format's ``odd`` function, which takes it,
skips it as a comment, or refuses it with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hornbook.district.filtering.lists.guards import (
    CUT_AT,
    NAME,
    Refuse,
    Tally,
    is_address,
    is_public_suffix,
    listed_host,
    listed_name,
)

Take = Callable[["Harvest", bytes], None]


@dataclass
class Harvest:
    """What was taken out of one file. ``names`` are normalised, ``urls`` are ``host/path``."""

    names: list[bytes] = field(default_factory=list)
    urls: list[bytes] = field(default_factory=list)
    refused: Tally = field(default_factory=Tally)

    def take_name(self, text: bytes) -> None:
        self.names.append(listed_name(text))

    def take_url(self, text: bytes) -> None:
        """A URL or ``host/path``. Only without a path does it speak of the whole host."""
        found = _URL.fullmatch(text.strip())
        if found is None:
            raise Refuse("invalid-name")
        host, port, path = found[1], found[2] or b"", (found[3] or b"").partition(b"#")[0]
        if path in {b"", b"/"} and port in {b"", b":", b":80", b":443"}:
            self.take_name(host)
            return
        rest = path if path.startswith(b"/") else b"/" + path
        self.urls.append(listed_host(host) + port.removesuffix(b":") + rest)


@dataclass(frozen=True)
class Format:
    """``plain`` matches a whole lower-case line; its group 1 is the name."""

    key: str
    plain: Callable[[bytes], re.Match[bytes] | None]
    odd: Take
    typical: Callable[[bytes], object]


_URL = re.compile(
    rb"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/?#\s]*@)?"  # scheme, user (dropped)
    rb"(\[[0-9a-f:.]+\]|[^/:?#\s\[\]]+)(:[0-9]*)?([/?#]\S*)?",
    re.IGNORECASE,
)
_COMMENT = (b"#", b"!", b";", b"//")
_INLINE_COMMENT = re.compile(rb"\s+(?:#|//|;).*$")
_SINKS = {b"0.0.0.0", b"::", b"::0", b"::1", b"0"}
_MACHINE_NAMES = re.compile(
    rb"(?:localhost(?:\.localdomain|4|6)?|local|broadcasthost|0\.0\.0\.0|ip6-[a-z]+)", re.IGNORECASE
)
_RPZ = re.compile(
    rb"(\S+)(?:\s+\d+)?(?:\s+IN)?\s+([A-Z]+)(?:\s+(\S+))?.*", re.IGNORECASE | re.DOTALL
)


def _odd_name(harvest: Harvest, line: bytes) -> None:
    text = _INLINE_COMMENT.sub(b"", line)
    if b"/" in text and not is_address(text):
        harvest.take_url(text)
    else:
        harvest.take_name(text)


def _odd_hosts(harvest: Harvest, line: bytes) -> None:
    address, *names = line.partition(b"#")[0].split()
    if not names:
        raise Refuse("ip-address" if is_address(address) else "invalid-name")
    names = [name for name in names if not _MACHINE_NAMES.fullmatch(name)]
    if names and not (address in _SINKS or address.startswith(b"127.")):
        raise Refuse("not-a-block" if is_address(address) else "invalid-name")
    refusal = None
    for name in names:
        try:
            harvest.take_name(name)
        except Refuse as error:
            refusal = error  # the other names of the line are still taken
    if refusal:
        raise refusal


def _odd_adblock(harvest: Harvest, line: bytes) -> None:
    if line.startswith(b"["):
        return
    if line.startswith(b"@@"):
        raise Refuse("exception")
    if b"##" in line or b"#@#" in line or b"#?#" in line:
        raise Refuse("cosmetic")
    if not (line.startswith(b"||") and line.endswith(b"^")) or b"/" in line:
        raise Refuse("not-plain")
    name = line[2:-1]
    if b"*" in name.removeprefix(b"*."):
        raise Refuse("not-plain")
    harvest.take_name(name)


def _odd_v2fly(harvest: Harvest, line: bytes) -> None:
    kind, colon, rest = line.partition(b"#")[0].strip().partition(b":")
    if not colon:
        kind, rest = b"domain", kind
    if kind in {b"regexp", b"keyword", b"include"}:
        raise Refuse(kind.decode())
    if kind not in {b"domain", b"full"} or not rest.split():
        raise Refuse("invalid-name")
    harvest.take_name(rest.split()[0])  # what follows are attributes: @ads, &list


def _odd_rpz(harvest: Harvest, line: bytes) -> None:
    found = _RPZ.fullmatch(line)
    if line.startswith((b"$", b"@", b")", b"(")) or not found:
        return
    owner, kind, target = found[1], found[2].upper(), (found[3] or b"").lower()
    if kind in {b"SOA", b"NS"}:
        return
    if target in {b"rpz-passthru.", b"rpz-passthru"}:
        raise Refuse("exception")
    if kind != b"CNAME" or target not in {b".", b"*.", b"rpz-drop.", b"rpz-drop"}:
        raise Refuse("rewrite")
    harvest.take_name(owner)


def _line(pattern: bytes) -> Callable[[bytes], re.Match[bytes] | None]:
    return re.compile(pattern).fullmatch


def _seen(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(pattern, re.IGNORECASE).match


FORMATS = {
    form.key: form
    for form in (
        Format("domains", _line(rb"(" + NAME + rb")"), _odd_name, _seen(rb"[^\s/|:]+\.[^\s/|:]+$")),
        Format(
            "hosts",
            _line(rb"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+(?!localhost\.)(" + NAME + rb")"),
            _odd_hosts,
            _seen(rb"(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]*)\s+[^\s/]"),
        ),
        Format(
            "adblock",
            _line(rb"\|\|(" + NAME + rb")\^"),
            _odd_adblock,
            _seen(rb"\||@@|\[adblock|\S*##"),
        ),
        Format(
            "v2fly",
            _line(rb"(?:domain:|full:)?(" + NAME + rb")"),
            _odd_v2fly,
            _seen(rb"(?:domain|full|regexp|keyword|include):"),
        ),
        Format("rpz", _line(rb"(" + NAME + rb")\.? cname \."), _odd_rpz, _seen(rb".*\scname\s")),
        Format("urls", _line(rb"(" + NAME + rb")/?"), _odd_name, _seen(rb"\w+://|[^\s/|]+/\S*$")),
    )
}
SAMPLE = 2000  # lines that the format is guessed from


def detect(lines: Sequence[bytes]) -> Format:
    """The format that most lines of a sample are typical of; ``domains`` when none is."""
    step = max(1, len(lines) // SAMPLE)
    sample = [line for line in lines[::step] if line.strip() and not _is_comment(line)]
    scores = {key: sum(1 for line in sample if form.typical(line)) for key, form in FORMATS.items()}
    return FORMATS[max(scores, key=lambda key: scores[key])]


def harvest_lines(lines: Iterable[bytes], form: Format, file: str) -> Harvest:
    """Take every line in; ``file`` is how refused lines are called (``file:line``)."""
    harvest = Harvest()
    names, plain, suffix = harvest.names, form.plain, is_public_suffix
    for number, line in enumerate(lines, 1):
        found = plain(line)
        if found and len(line) < CUT_AT and not suffix(name := found[1]):
            names.append(name)
        elif line.strip():
            _take_odd(harvest, form, line.strip(), f"{file}:{number}")
    return harvest


def _take_odd(harvest: Harvest, form: Format, line: bytes, where: str) -> None:
    if _is_comment(line) and not (form.key == "adblock" and line.startswith((b"##", b"#@#"))):
        return
    try:
        form.odd(harvest, line)
    except Refuse as refusal:
        harvest.refused.add(refusal.reason, where, line)


def _is_comment(line: bytes) -> bool:
    return line.startswith(_COMMENT)
