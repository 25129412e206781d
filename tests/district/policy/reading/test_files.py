"""The same small policy in five formats, and files that are none."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfWriter

from hornbook.district.policy.reading.blocks import PolicyRefused, essence, full_text
from hornbook.district.policy.reading.files import read_source
from tests.district.policy.reading.pdf_maker import make_pdf

BLOCKS = [
    ("title", "Use of Technology"),
    ("heading", "Security"),
    ("paragraph", "Everyone is asked to take care. Users must log out."),
    ("paragraph", "Staff must:"),
    ("item", "Lock the screen."),
    ("item", "Not share (e.g., passwords) with anybody."),
    ("paragraph", "Adopted: May 13, 2013"),
]
TXT = """
Use of Technology

Security

Everyone is asked to take care. Users must log out.

Staff must:

- Lock the screen.
- Not share (e.g., passwords) with anybody.

Adopted: May 13, 2013
"""
MD = """# Use of Technology

## Security

Everyone is asked to **take care**. Users must
log out.

Staff must:

* Lock the screen.
* Not share (e.g., passwords) with anybody.

Adopted: May 13, 2013
"""
HTML = """<!doctype html><html><head><title>Site</title><style>p{}</style></head><body>
<nav><ul><li>Home</li></ul></nav><header><p>District news</p></header>
<h1>Use of Technology</h1><script>alert(1)</script>
<h2>Security</h2><div>Everyone is asked to <b>take care</b>. Users must log&nbsp;out.</div>
<p>Staff must:</p><ul><li><p>Lock the screen.</p></li>
<li>Not share (e.g., passwords) with anybody.</li></ul>
<!-- hidden --><p>Adopted: May&nbsp;13, 2013</p>
<form><p>Search</p></form><footer>Imprint</footer></body></html>"""


def write_word(path: Path) -> None:
    document = Document()
    document.add_heading("Use of Technology", 0)
    document.add_heading("Security", 1)
    paragraph = document.add_paragraph("Everyone is asked to ")
    paragraph.add_run("take care").bold = True
    paragraph.add_run(". Users must log out.")
    document.add_paragraph("Staff must:")
    document.add_paragraph("Lock the screen.", style="List Bullet")
    document.add_paragraph("Not share (e.g., passwords) with anybody.", style="List Bullet")
    document.add_paragraph("Adopted: May 13, 2013")
    document.save(str(path))


def write(folder: Path, suffix: str) -> Path:
    path = folder / f"policy{suffix}"
    if suffix == ".docx":
        write_word(path)
    elif suffix == ".pdf":
        path.write_bytes(make_pdf([TXT.splitlines()]))
    else:
        path.write_text({".txt": TXT, ".md": MD, ".html": HTML}[suffix], encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".docx", ".pdf"])
def test_every_format_gives_the_same_blocks(tmp_path: Path, suffix: str) -> None:
    source = read_source(write(tmp_path, suffix))
    assert [(block.kind, block.text) for block in source.blocks] == BLOCKS


@pytest.mark.parametrize("suffix", [".md", ".html", ".docx", ".pdf"])
def test_the_format_does_not_change_what_the_text_is(tmp_path: Path, suffix: str) -> None:
    plain, other = (read_source(write(tmp_path, s)) for s in (".txt", suffix))
    assert essence(full_text(plain.blocks)) == essence(full_text(other.blocks))


def test_a_word_table_is_read_row_by_row_in_its_place(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Users must ask:")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(
        [cell for row in table.rows for cell in row.cells], ("Apps", "the desk", "Sites", "IT"),
        strict=True,
    ):  # fmt: skip
        cell.text = words
    document.add_paragraph("Users may wait.")
    document.save(str(tmp_path / "policy.docx"))
    blocks = read_source(tmp_path / "policy.docx").blocks
    assert [(b.kind, b.text) for b in blocks] == [
        ("paragraph", "Users must ask:"),
        ("item", "Apps | the desk"),
        ("item", "Sites | IT"),
        ("paragraph", "Users may wait."),
    ]


def test_a_page_with_one_main_part_is_read_there_only(tmp_path: Path) -> None:
    words = "Users must be careful with what they send. " * 6
    page = f"<body><p>Menu must go.</p><main><p>{words}</p></main></body>"
    (tmp_path / "p.html").write_text(page)
    assert [b.text for b in read_source(tmp_path / "p.html").blocks] == [words.strip()]


def test_a_pdf_over_pages_loses_only_its_page_numbers_and_running_heads(tmp_path: Path) -> None:
    pages = [
        ["Policy 5510", "Security", "Users must keep their passwords to", "Page 1 of 3"],
        ["Policy 5510", "themselves. Users must log out.", "Page 2 of 3"],
        ["Policy 5510", "Staff may ask.", "Page 3 of 3"],
    ]
    (tmp_path / "p.pdf").write_bytes(make_pdf(pages))
    source = read_source(tmp_path / "p.pdf")
    joined = " ".join(block.text for block in source.blocks)
    assert "Users must keep their passwords to themselves. Users must log out." in joined
    assert "Page 2" not in joined
    assert any("Policy 5510" in warning for warning in source.warnings)


def scanned(path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    writer.write(path)


def locked(path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(612, 792)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)


def test_a_scan_is_refused_with_the_remedy(tmp_path: Path) -> None:
    scanned(tmp_path / "p.pdf")
    with pytest.raises(PolicyRefused, match=r"no text\. Run it through text recognition"):
        read_source(tmp_path / "p.pdf")


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    locked(tmp_path / "p.pdf")
    with pytest.raises(PolicyRefused, match="locked with a password"):
        read_source(tmp_path / "p.pdf")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("p.txt", b"", "holds no text"),
        ("p.txt", b" \n\t\n", "holds no text"),
        ("p.txt", b"Users must ask.\nStaff \x92s", "line 2: byte 22 is not UTF-8"),
        ("p.txt", b"Users\nmust\x00ask", "line 2: this is a binary file"),
        ("p.md", b"\x89PNG\r\n\x1a\n", "line 1: byte 0 is not UTF-8"),
        ("p.docx", b"not a zip", "no whole Word file"),
        ("p.docx", b"PK\x03\x04broken", "no whole Word file"),
        ("p.pdf", b"%PDF-1.7 broken", "no readable PDF"),
        ("p.pdf", b"hello", "no readable PDF"),
        ("p.html", b"", "no HTML page"),
        ("p.html", b"<html><body><script>x</script></body></html>", "holds no text"),
        ("p.odt", b"PK", "“.odt” is none of .txt"),
        ("policy", b"Users must ask.", "“no ending” is none of"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_its_name_and_the_place(
    tmp_path: Path, name: str, body: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(PolicyRefused) as refusal:
        read_source(tmp_path / name)
    assert words in str(refusal.value)
    assert name in str(refusal.value)


@pytest.mark.parametrize("suffix", [".docx", ".pdf", ".html", ".txt", ".md"])
def test_a_damaged_file_is_read_or_refused_and_never_breaks_the_reader(
    tmp_path: Path, suffix: str
) -> None:
    whole = write(tmp_path, suffix).read_bytes()
    chance = random.Random(20201012)
    for _ in range(25):
        body = bytearray(whole)
        for _ in range(chance.choice((1, 8))):
            body[chance.randrange(len(body))] = chance.randrange(256)
        damaged = tmp_path / f"damaged{suffix}"
        damaged.write_bytes(body[: chance.choice((len(body), chance.randrange(len(body))))])
        with contextlib.suppress(PolicyRefused):
            read_source(damaged)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="No such file"):
        read_source(tmp_path / "none.txt")


def test_utf16_with_its_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes("Users must ask “first”.".encode("utf-16"))
    assert read_source(tmp_path / "p.txt").blocks[0].text == "Users must ask “first”."


def test_a_broken_pdf_is_told_in_one_sentence_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "use.pdf"
    path.write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    with pytest.raises(PolicyRefused, match="no readable PDF file"):
        read_source(path)
    assert not caplog.records
