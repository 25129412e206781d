"""Domain names: from what people type to the octets that the DNS carries, and back.

Three forms, all lower case:

* *text*, as lists and pages hold it: ``xn--bcher-kva.example``, no trailing dot, every octet
  outside ``a-z 0-9 - _`` written ``\\DDD`` (RFC 1035 §5.1);
* *wire* (RFC 1035 §3.1): ``b"\\x03www\\x07example\\x00"``;
* :class:`~hornbook.kernel.wires.Wires`, many names as the rows of one matrix.
"""

from __future__ import annotations

import ipaddress
import re

import idna

from hornbook.kernel.wires import MAX_LABEL, MAX_WIRE, BadName, Wires

__all__ = ["BadName", "Wires", "from_wire", "is_ip_literal", "normalise", "to_wire"]

_PLAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_PLAIN_LABEL = re.compile(rb"[a-z0-9_-]+")
_NOT_PLAIN = re.compile(r"[^a-z0-9_-]")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_ESCAPE = re.compile(r"\\(?:(\d{3})|(.)|$)", re.DOTALL)
_FULL_STOPS = str.maketrans("\u3002\uff0e\uff61", "...")
_SIZES = [bytes([size]) for size in range(MAX_LABEL + 1)]
# An escaped octet becomes one character that no text holds, so that labels can be split at dots.
_OCTET = 0xDC00


def normalise(text: str) -> str:
    """The one text form of a domain name, as a browser would look it up.

    UTS 46 mapping (non-transitional), A-labels for what is not ASCII, lower case, no trailing
    dot. Underscores stay, because the DNS has them. Raises :class:`BadName` for anything
    that is no domain name: addresses, URLs, wildcards, empty or overlong labels.
    """
    name = text.strip().lower().removesuffix(".")
    if not _PLAIN.fullmatch(name):
        _refuse_address(text)
        name = ".".join(_text_label(label, text) for label in _labels(text.strip(), text))
    _refuse_address(name)
    if len(name) > MAX_WIRE - 2:
        to_wire(name)  # too long, unless escapes make it so
    return name


def is_ip_literal(text: str) -> bool:
    """Whether a URL parser would read ``text`` as an address.

    IPv6 with or without brackets, IPv4, and IPv4's shortened, decimal, octal and hexadecimal
    forms: a host whose last label is a number is an address (WHATWG URL, "ends in a number
    checker"), and no top-level domain is one.
    """
    host = text.strip().lower().removesuffix(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return True
    return ":" in host and _is_v6(host.removeprefix("[").removesuffix("]"))


def to_wire(name: str) -> bytes:
    """Wire form of a name in text form; ``"."`` is the root. Raises :class:`BadName`."""
    if len(name) <= MAX_WIRE - 2 and _PLAIN.fullmatch(name):
        plain = name.encode().split(b".")
        return b"".join([_SIZES[len(label)] + label for label in plain]) + b"\x00"
    labels = [] if name == "." else [_octets(label, name) for label in _labels(name, name)]
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\x00"
    if len(wire) > MAX_WIRE:
        raise BadName(name, f"it takes {len(wire)} octets in the DNS; {MAX_WIRE} are the limit")
    return wire.lower()


def from_wire(wire: bytes) -> str:
    """Text of an uncompressed wire name, ``"."`` for the root. Raises :class:`BadName`."""
    labels: list[str] = []
    at = 0
    while at < len(wire) and 0 < wire[at] <= MAX_LABEL:
        labels.append(_escaped(wire[at + 1 : at + 1 + wire[at]]))
        at += wire[at] + 1
    if at != len(wire) - 1 or wire[at] or len(wire) > MAX_WIRE:
        raise BadName(wire.hex(), "these octets are no uncompressed DNS name")
    return ".".join(labels) or "."


def _refuse_address(text: str) -> None:
    if is_ip_literal(text):
        raise BadName(text, "it is an IP address, not a domain name")


def _is_v6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _labels(text: str, whole: str) -> list[str]:
    def mark(escape: re.Match[str]) -> str:
        digits, character = escape.groups()
        value = int(digits) if digits else ord(character or "\uffff")
        if value > 255:
            raise BadName(whole, f"“{escape[0]}” is no escaped octet")
        return chr(value) if _is_plain(value) else chr(_OCTET + value)

    marked = _ESCAPE.sub(mark, text) if "\\" in text else text
    return marked.translate(_FULL_STOPS).removesuffix(".").split(".")


def _is_plain(octet: int) -> bool:
    return _NOT_PLAIN.match(chr(octet).lower()) is None


def _text_label(label: str, whole: str) -> str:
    if any(_OCTET <= ord(character) <= _OCTET + 255 for character in label):
        return _escaped(_octets(label, whole))
    try:
        mapped = idna.uts46_remap(label, std3_rules=False)
    except idna.IDNAError as error:
        raise BadName(whole, str(error)) from error
    if not mapped.isascii():
        mapped = _a_label(mapped, whole)
    wrong = _NOT_PLAIN.search(mapped)
    if wrong:
        raise BadName(whole, f"the character “{wrong[0]}” cannot be in a domain name")
    _octets(mapped, whole)
    return mapped


def _a_label(label: str, whole: str) -> str:
    """IDNA 2008 where it allows the label, else what UTS 46 makes of it, as browsers do.

    Emoji names, for one, are outside IDNA 2008 and yet registered and visited.
    """
    if "." in label:
        raise BadName(whole, "it holds a character that stands for a dot")
    try:
        return idna.alabel(label).decode("ascii")
    except idna.IDNAError:
        return "xn--" + label.encode("punycode").decode("ascii")


def _octets(label: str, whole: str) -> bytes:
    octets = bytes(_octet(character, whole) for character in label)
    if not octets:
        raise BadName(whole, "it has an empty label")
    if len(octets) > MAX_LABEL:
        raise BadName(whole, f"it has a label of {len(octets)} octets; {MAX_LABEL} are the limit")
    return octets


def _octet(character: str, whole: str) -> int:
    value = ord(character)
    if value < 128:
        return value
    if _OCTET <= value <= _OCTET + 255:
        return value - _OCTET
    raise BadName(whole, f"the letter “{character}” must be written as an A-label here")


def _escaped(octets: bytes) -> str:
    if _PLAIN_LABEL.fullmatch(octets):
        return octets.decode("ascii")
    return "".join(chr(o) if _is_plain(o) else f"\\{o:03}" for o in octets.lower())
