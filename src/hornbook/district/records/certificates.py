"""A certificate of destruction as a tagged PDF, to be filed or sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone

from hornbook.district.people.models import Site, SiteKind
from hornbook.district.policy.showing.typesetting import pdf
from hornbook.district.records.models import Certificate

_TEMPLATE = Path(__file__).with_name("certificate.typ")


def as_pdf(certificate: Certificate) -> bytes:
    """The same words as the page; the fingerprint is the one in the leaf."""
    body, leaf = certificate.body, certificate.leaf
    district = Site.objects.filter(kind=SiteKind.DISTRICT).order_by("pk").first()
    told = {
        "title": f"Certificate of destruction {certificate.pk}",
        "district": district.name if district else "The District",
        "at": f"{timezone.localtime(leaf.at):%-d %B %Y, %H:%M}",
        "by": leaf.actor,
        "rule": {"Kind": body["title"], "Kept for": body["period"], "Rule": body["citation"]},
        "destroyed": [_line(one) for one in body["destroyed"]],
        "leaf": str(leaf.no),
        "digest": leaf.detail["certificate"],
    }
    return pdf(_TEMPLATE, told)


def _line(one: dict[str, Any]) -> dict[str, Any]:
    sums = [
        f"{told['action']}{' under ' * bool(told['clause'])}{told['clause']}: {told['questions']:,}"
        for told in one.get("sums", ())
    ]
    kept = [f"kept because of {words}" for words in one.get("kept_for", ())]
    return {
        "what": one["what"],
        "lines": sums + kept,
        "rows": f"{one['rows']:,}" if "rows" in one else "–",
        "kept": f"{one['kept']:,}" if one.get("kept") else "–",
        "sha256": one.get("sha256", ""),
    }
