"""How fast pages and pictures are looked at, and how often harmless ones are flagged.

Pages: processor µs for HTML of 20 kB, and the share of harmless texts that is flagged, by source
(the half that ``training/words.py`` did not set the thresholds with) and by protected topic
(``protected_texts.toml``, written by us). Beside it, on the same texts: the phrase list of
e2guardian where it is installed, at its own limits. Recall is not measured: nobody publishes
adult pages. Pictures: processor ms a picture, and flags on the pictures of real mail.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import io
import os
import re
import tarfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hornbook.scan import pictures
from hornbook.scan.finding import ALLOW, NOT_CHECKED
from hornbook.scan.pages import PageText, read_page
from hornbook.scan.words import shipped
from training.words import texts

E2GUARDIAN = Path("/etc/e2guardian/lists/phraselists/pornography/weighted")
NAUGHTY = (50, 100, 160)  # its limits for young children, children, and grown-ups
MOST_PICTURES = 400
Judge = Callable[[str], bool]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="the folder with detect/ and mail/")


def run(args: argparse.Namespace) -> dict[str, Any]:
    folder = args.data or Path(os.environ.get("HORNBOOK_TEST_DATA", "../shared/data"))
    bars: list[dict[str, object]] = []
    peers: dict[str, str] = {}
    micros = page_speed()
    bars.append(_bar("processor µs a page of 20 kB", round(micros), "≤ 10000", micros <= 10_000))
    topics = protected_texts()
    flagged = sum(ours(text) for held in topics.values() for text in held)
    count = sum(map(len, topics.values()))
    bars.append(_bar("protected texts flagged", f"{flagged} of {count}", "0", flagged == 0))
    judges: dict[str, Judge] = {"hornbook": ours} | e2guardian()
    peers |= by_topic(topics, judges)
    if (folder / "detect").is_dir():
        peers |= by_source(folder / "detect", judges)
    found, told = picture_facts(folder / "mail")
    bars += found
    return {"bench": "scan", "bars": bars, "peers": peers | told, "machine": versions()}


def _bar(name: str, value: object, bar: str, ok: bool | None) -> dict[str, object]:
    return {"name": name, "value": value, "bar": bar, "ok": ok}


def versions() -> dict[str, str]:
    looker = pictures.shipped()
    return {"words": shipped().version, "pictures": looker.version if looker else "model absent"}


def ours(text: str) -> bool:
    """Whether the page scorer flags a text."""
    return shipped().scan(PageText(text)).verdict not in (ALLOW, NOT_CHECKED)


def page_speed(rounds: int = 60) -> float:
    """Processor µs for one page: reading the HTML, and scoring."""
    text = " ".join(text for held in protected_texts().values() for text in held)
    parts = [f"<p class='a b'>{text[at : at + 400]}</p>" for at in range(0, len(text), 400)]
    page = ("<!doctype html><title>x</title><script>var a = 1;</script>" + "".join(parts))[:20_000]
    page += "<p>more</p>" * max(0, (20_000 - len(page)) // 11)
    begun = time.process_time()
    for _ in range(rounds):
        shipped().scan(read_page(page))
    return (time.process_time() - begun) / rounds * 1e6


def protected_texts() -> dict[str, list[str]]:
    path = Path(__file__).with_name("protected_texts.toml")
    found: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))["texts"]
    return found


def by_topic(topics: dict[str, list[str]], judges: dict[str, Judge]) -> dict[str, str]:
    return {
        f"{who}: flags on {topic}": f"{sum(map(judge, held))} of {len(held)}"
        for topic, held in topics.items()
        for who, judge in judges.items()
    }


def by_source(folder: Path, judges: dict[str, Judge]) -> dict[str, str]:
    """Of the half that measures."""
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for source, text, measures in texts(folder):
        if measures:
            for who, judge in judges.items():
                counts[who, source].append(judge(text))
    return {
        f"{who}: flags on {source}": f"{np.mean(held):.2%} of {len(held)}"
        for (who, source), held in counts.items()
    }


def e2guardian() -> dict[str, Judge]:
    """Its English list of pornography as it counts: each phrase once, limits of its groups."""
    if not E2GUARDIAN.exists():
        return {}
    weights = dict(_weighted(E2GUARDIAN.read_text(errors="replace")))

    def points(text: str) -> int:
        held = " " + re.sub(r"\s+", " ", text.lower()) + " "
        return sum(w for phrases, w in weights.items() if all(p in held for p in phrases))

    def judge(limit: int) -> Judge:
        return lambda text: points(text) >= limit

    return {f"e2guardian at {limit}": judge(limit) for limit in NAUGHTY}


def _weighted(lines: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """``< one >,< two ><20>``: all of these phrases together count 20."""
    for line in lines.splitlines():
        parts = re.findall(r"<([^>]*)>", line)
        if not line.startswith("#") and len(parts) > 1 and re.fullmatch(r"-?\d+", parts[-1]):
            yield tuple(part.lower() for part in parts[:-1]), int(parts[-1])


def picture_facts(folder: Path) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Speed on made pictures, flags on those of real mail."""
    looker = pictures.shipped()
    if looker is None:
        return [_bar("ms a picture", "not measured: model absent", "≤ 80", None)], {}
    body = made_picture()
    looker.scan(body)
    begun = time.process_time()
    for _ in range(20):
        looker.scan(body)
    took = (time.process_time() - begun) / 20 * 1e3
    bars = [_bar("processor ms a picture of 1600 x 1200", round(took, 1), "≤ 80", took <= 80)]
    answers = [looker.scan(found) for found in mail_pictures(folder)]
    looked = [one for one in answers if one.verdict != NOT_CHECKED]
    flagged = [one for one in looked if one.verdict != ALLOW]
    told = {
        "pictures of real mail": f"{len(flagged)} of {len(looked)} flagged, "
        f"{len(answers) - len(looked)} not checked"
    }
    return bars, told


def made_picture() -> bytes:
    from PIL import Image

    grain = np.random.default_rng(1).integers(0, 255, (1200, 1600, 3), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(grain).save(packed, "JPEG", quality=80)
    return packed.getvalue()


def mail_pictures(folder: Path) -> Iterator[bytes]:
    """Attached pictures of the messages in the archives, at most ``MOST_PICTURES``."""
    left = MOST_PICTURES
    for path in sorted(folder.glob("*.tar.xz")):
        with tarfile.open(path) as archive:
            for member in archive:
                body = archive.extractfile(member).read() if member.isfile() else b""  # type: ignore[union-attr]
                for found in _pictures_of(member.name, body):
                    yield found
                    left -= 1
                    if not left:
                        return


def _pictures_of(name: str, body: bytes) -> Iterator[bytes]:
    if name.lower().endswith((".jpg", ".jpeg", ".png", ".gif")):
        yield body
    elif b"image/" in body and len(body) < 30_000_000:
        message = email.message_from_bytes(body, policy=email.policy.compat32)
        for part in message.walk():
            if part.get_content_maintype() == "image":
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes) and payload:
                    yield payload
