"""What people send along: by its content, without what tells where it was taken."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hornbook.district.conduct.files import MOST, BadFile, clean
from hornbook.district.conduct.models import Report
from hornbook.district.ledger.models import Leaf
from hornbook.district.people.models import Person
from tests.district.conduct.conftest import ANSWERS, Sent

GPS, MAKE, TURNED = 0x8825, 0x010F, 0x0112


def photo(kind: str = "JPEG") -> bytes:
    """Two by one points, turned, with a maker and a place."""
    exif = Image.Exif()
    exif[MAKE], exif[TURNED] = "SecretCam", 6
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (2, 1), "red").save(out, format=kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_place_and_maker_and_stands_upright(kind: str) -> None:
    sent = photo(kind)
    assert b"SecretCam" in sent
    got = clean(sent)
    assert b"SecretCam" not in got.clean
    with Image.open(io.BytesIO(got.clean)) as picture:
        assert not dict(picture.getexif())
        assert picture.size == (1, 2)
    assert got.original is None


def test_the_original_is_kept_to_the_octet_where_it_is_wanted() -> None:
    sent = photo()
    assert clean(sent, keep_original=True).original == sent


@pytest.mark.parametrize(
    "octets", [b"", b"MZ\x90\x00", b"\x89PNG\r\n\x1a\nbroken", b"a" * (MOST + 1)]
)
def test_anything_else_is_refused_with_a_remedy(octets: bytes) -> None:
    with pytest.raises(BadFile, match=r"Send|Choose"):
        clean(octets)


@given(st.binary(max_size=300))
def test_no_octets_break_it(octets: bytes) -> None:
    with contextlib.suppress(BadFile):
        assert clean(octets).media_type in {"text/plain", "application/pdf", "image/png"}


@pytest.mark.django_db
def test_files_are_sealed_and_each_look_is_a_leaf(
    send: Callable[..., Sent], client_for: Callable[[Person | None], Client], principal: Person
) -> None:
    file = SimpleUploadedFile("anything.exe", photo(), "text/html")
    page = Client().post("/report/", {**ANSWERS, "step": "send", "files": file, "keep": "1"})
    assert page.status_code == 200
    report = Report.objects.get()
    cleaned, original = report.files.order_by("original")
    assert (cleaned.media_type, original.original) == ("image/jpeg", True)
    assert b"SecretCam" not in bytes(original.sealed)
    got = client_for(principal).post(f"/cases/reports/{report.key}/files/{original.pk}/")
    assert got.content == photo()
    leaf = Leaf.objects.filter(verb="look").latest("no")
    assert leaf.detail["sha256"] == original.sha256


@pytest.mark.django_db
def test_a_bad_file_is_named_and_nothing_is_sent(send: Callable[..., Sent]) -> None:
    file = SimpleUploadedFile("picture.jpg", b"MZ\x90\x00", "image/jpeg")
    page = Client().post("/report/", {**ANSWERS, "step": "send", "files": file})
    assert page.status_code == 422
    assert "Nothing was sent yet" in page.content.decode()
    assert ANSWERS["what"] in page.content.decode()
    assert not Report.objects.exists()
