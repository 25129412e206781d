"""The smallest template that is safe: ``string.Template`` whose values are always escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent / "templates"


class Html(str):
    """Markup that this module made; everything else is text and gets escaped."""

    __slots__ = ()


def fill(template: str, /, **values: str) -> Html:
    """``templates/<template>.html`` with every ``$value`` in place; plain strings are escaped."""
    safe = {
        key: value if isinstance(value, Html) else escape(value) for key, value in values.items()
    }
    return Html(_template(template).substitute(safe))


def join(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def escape(text: str) -> Html:
    return Html(html.escape(text, quote=True))


@cache
def _template(name: str) -> Template:
    return Template((_FOLDER / f"{name}.html").read_text())
