"""Documents as tagged PDF (PDF/UA-1), typeset by Typst. Nothing is fetched; nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst


def pdf(template: Path, data: dict[str, Any]) -> bytes:
    """The template with ``data`` (JSON types) as ``json(bytes(sys.inputs.data))``."""
    made = typst.compile(
        template,
        root=template.parent,
        font_paths=[],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
    )
    if not isinstance(made, bytes):
        raise TypeError(f"{template.name} made more than one document")
    return made
