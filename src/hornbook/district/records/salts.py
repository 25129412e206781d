"""Salts for pseudonyms in analyses: one a month, destroyed after a while, never given away."""

from __future__ import annotations

from datetime import date

from django.conf import settings

KEEP_MONTHS = 2  # what somebody began last month can still be finished


def salt_of(day: date) -> bytes:
    """The month's salt. Keys of two months cannot be joined."""
    return str(settings.INSTANCE.secret(f"pseudonyms-{day:%Y-%m}")).encode()


def destroy_old(today: date) -> list[str]:
    """Destroy salts of months that are over for long; their names."""
    oldest = (today.year * 12 + today.month) - KEEP_MONTHS
    gone = []
    for path in sorted((settings.INSTANCE.root / "secrets").glob("pseudonyms-*")):
        year, month = map(int, path.name.removeprefix("pseudonyms-").split("-"))
        if year * 12 + month < oldest:
            path.unlink()
            gone.append(path.name)
    return gone
