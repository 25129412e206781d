"""What is opened as a list, and what is refused as a whole with a reason that helps."""

from __future__ import annotations

import gzip
import random

import pytest

from hornbook.district.filtering.lists.reading import ListRefused, read_list
from tests.district.filtering.lists.conftest import Write

TEXT = b"a.example\nb.example\n"
PACKED = gzip.compress(random.Random(1).randbytes(5000).hex().encode(), mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        b"\xef\xbb\xbf" + TEXT,
        TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b"\n", b"\r"),
        gzip.compress(TEXT),
        gzip.compress(TEXT[:10]) + gzip.compress(TEXT[10:]),
        TEXT.decode().encode("utf-16"),
    ],
    ids=["plain", "bom", "crlf", "cr", "gzip", "two gzip members", "utf-16"],
)
def test_every_way_of_writing_gives_the_same_lines(write: Write, content: bytes) -> None:
    assert read_list(write("list.txt", content)) == TEXT


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cut.txt", PACKED[:-200], "gzip is broken"),
        ("changed.txt", PACKED[:900] + b"\0\0\0\0" + PACKED[904:], "gzip is broken"),
        ("garbage behind.txt", PACKED + b"garbage", "gzip is broken"),
        ("binary.txt", b"a.example\n\x00\x01\x02\n", "binary data"),
        ("list.zip", b"PK\x03\x04....", "zip file; unpack it first"),
        ("error.txt", b"\n<!DOCTYPE html><html><title>404</title></html>", "web page"),
        ("error2.txt", b"<html><body>Forbidden</body></html>", "web page"),
        ("empty.txt", b"", "empty"),
        ("blank.txt", b"\n \n", "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_text_is_refused_with_the_reason(
    write: Write, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ListRefused, match=reason):
        read_list(write(name, content))


def test_a_file_called_gz_that_is_not_compressed_is_refused(write: Write) -> None:
    path = write("list.txt", TEXT).rename(write("list.txt", TEXT).with_suffix(".gz"))
    with pytest.raises(ListRefused, match="download it again"):
        read_list(path)


def test_a_gzip_that_unpacks_without_end_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hornbook.district.filtering.lists.reading.LARGEST", 1 << 20)
    with pytest.raises(ListRefused, match="unpacks to more than 1 MiB"):
        read_list(write("bomb.gz", b"a" * (1 << 21)))


def test_a_file_that_is_not_there_is_refused(write: Write) -> None:
    with pytest.raises(ListRefused, match="cannot be read"):
        read_list(write("a.txt", TEXT).with_name("b.txt"))
