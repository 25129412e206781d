"""Blocks from HTML, and from Markdown by way of HTML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html
from markdown_it import MarkdownIt

from hornbook.district.policy.reading.blocks import Block, BlockKind, PolicyRefused, item, tidy

_DROPPED = (
    *("script", "style", "nav", "noscript", "template", "form", "button", "select", "iframe"),
    *("svg", "head", "aside", "object", "video", "audio", "canvas", "dialog"),
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font"),
        *("i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub"),
        *("sup", "time", "tt", "u", "var", "wbr"),
    )
)


def blocks_of_markdown(text: str) -> list[Block]:
    """CommonMark with tables. Raw HTML is kept as the words that it is."""
    return blocks_of_html(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def blocks_of_html(body: bytes | str) -> list[Block]:
    """The words of the main part of a page; scripts, menus and forms are left out."""
    try:
        page = html.document_fromstring(body)
    except (etree.ParserError, ValueError) as error:
        raise PolicyRefused("this is no HTML page with text") from error
    etree.strip_elements(page, etree.Comment, *_DROPPED, with_tail=False)
    walker = _Walker()
    walker.walk(_main_part(page), "paragraph")
    walker.flush("paragraph")
    return walker.blocks


def _main_part(page: html.HtmlElement) -> html.HtmlElement:
    for path in ("//main", "//*[@role='main']", "//article"):
        found = page.xpath(path)
        if len(found) == 1 and len(found[0].text_content()) > 200:
            return found[0]
    for frame in page.xpath("/html/body/header | /html/body/footer"):
        frame.drop_tree()
    return page


class _Walker:
    """Collects inline words and closes a block wherever a block element begins or ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._words: list[str] = []

    def walk(self, element: html.HtmlElement, kind: BlockKind) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "tr":
            self._row(element)
            return
        inside = self._kind(tag, kind)
        block = tag not in _INLINE
        if block:
            self.flush(kind)
        self._words.append(element.text or "")
        for child in element:
            self.walk(child, inside)
            self._words.append(child.tail or "")
        if block:
            self.flush(inside)

    def _kind(self, tag: str, kind: BlockKind) -> BlockKind:
        if tag in _HEADINGS:
            return "title" if tag == "h1" and not self.blocks else "heading"
        return "item" if tag == "li" else kind

    def _row(self, row: html.HtmlElement) -> None:
        """A table's row is one item; its cells stay apart."""
        cells = [tidy(" ".join(_texts(cell))) for cell in row if isinstance(cell.tag, str)]
        self._words.append(" | ".join(cell for cell in cells if cell))
        self.flush("item")

    def flush(self, kind: BlockKind) -> None:
        text = tidy("".join(self._words))
        self._words = []
        if not text:
            return
        where = f"paragraph {len(self.blocks) + 1}"
        if kind == "item":
            self.blocks.append(item(text, where))
        else:
            self.blocks.append(Block(kind, text, where))


def _texts(element: html.HtmlElement) -> Iterator[str]:
    yield from (str(text) for text in element.itertext())
