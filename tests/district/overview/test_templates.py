"""What no template may contain: the content security policy would refuse it, or people would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hornbook

TEMPLATES = sorted(Path(hornbook.__file__).parent.glob("**/templates/**/*.html"))
FORBIDDEN = {
    "an inline style": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline handler": r"<[^>]*\son[a-z]+\s*=",
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")",
    "a javascript: address": r"javascript:",
    "a tab order of its own": r"tabindex\s*=\s*[\"']?[1-9]",
    "a resource of another machine": r"(?:src|<link[^>]*href)\s*=\s*[\"'](?:https?:)?//",
    "two h1 in a row": r"<h1.*<h1",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_contains(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE | re.DOTALL)
    bad = [path.name for path in TEMPLATES if pattern.search(path.read_text())]
    assert bad == []


def test_there_are_templates_to_look_at() -> None:
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize(
    ("what", "sample"),
    [
        ("an inline style", '<p class="x" style="color:red">'),
        ("an inline handler", '<a href="/" onclick="go()">'),
        ("an inline script", "<script>alert(1)</script>"),
        ("a resource of another machine", '<script src="https://cdn.test/x.js">'),
        ("a resource of another machine", '<link rel="stylesheet" href="//cdn.test/x.css">'),
        ("a tab order of its own", '<div tabindex="3">'),
    ],
)
def test_the_watchman_sees(what: str, sample: str) -> None:
    assert re.search(FORBIDDEN[what], sample, re.IGNORECASE)
