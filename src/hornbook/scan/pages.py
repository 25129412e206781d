"""The words of a web page, and what it says of itself; made from HTML without parsing it whole.

Bounded: what lies behind ``MOST`` characters is not read. Patterns cannot backtrack far.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

MOST = 200_000  # characters of HTML
RTA = "RTA-5042-1996-1400-1577-RTA"  # rtalabel.org: a site says that it is for adults

_HIDDEN = re.compile(
    r"<(script|style|noscript|template|svg)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.S | re.I
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_META = re.compile(r"<meta\b([^>]{0,2000})>", re.I)
_ATTRIBUTE = re.compile(r"""([a-z:-]{1,40})\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
_ALT = re.compile(r"""\balt\s*=\s*("[^"]{0,300}"|'[^']{0,300}')""", re.I)
_TAG = re.compile(r"<[^>]{0,5000}>")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]{1,40})", re.I)
_TELLING = {"description", "keywords", "og:title", "og:description"}
_ADULT_RATINGS = {"adult", "mature", "restricted", RTA.lower()}


@dataclass(frozen=True)
class PageText:
    """``words``: title, description, alternative texts, body. ``label``: its own rating, or ""."""

    words: str
    label: str = ""


def decoded(body: bytes, content_type: str = "") -> str:
    """As the header says it, else as the page says it, else UTF-8; never fails."""
    told = _CHARSET.search(content_type.encode("latin-1", "replace")) or _CHARSET.search(
        body[:2048]
    )
    name = told[1].decode("ascii") if told else "utf-8"
    try:
        return body.decode(name, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def read_page(markup: str) -> PageText:
    """The text of HTML; of plain text, the text."""
    markup = _COMMENT.sub(" ", markup[:MOST])
    told, label = _told(markup)
    shown = _HIDDEN.sub(" ", markup)
    pictures = " ".join(found[1:-1] for found in _ALT.findall(shown))
    words = html.unescape(" ".join((*told, _TAG.sub(" ", shown), pictures)))
    return PageText(words, label)


def _told(markup: str) -> tuple[list[str], str]:
    """Description and the like, and the label with which a page says that it is for adults."""
    words, label = [], ""
    for found in _META.findall(markup):
        said = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(found)}
        name = (said.get("name") or said.get("property") or said.get("http-equiv") or "").lower()
        content = said.get("content", "")
        if name in _TELLING:
            words.append(content)
        elif name == "rating" and content.strip().lower() in _ADULT_RATINGS:
            label = content.strip()
    return words, label
