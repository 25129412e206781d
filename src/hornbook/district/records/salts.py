"""Salts for pseudonyms in analyses: one a month, destroyed after a while, never given away.

The night destroys what the schedule says is past its time (``retention.py``). From then on nobody
can go back from a pseudonym to a person, not even we.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

_NAME = "pseudonyms-"


def salt_of(day: date) -> bytes:
    """The month's salt. Keys of two months cannot be joined."""
    return str(settings.INSTANCE.secret(f"{_NAME}{day:%Y-%m}")).encode()


def past_salts(before: date) -> dict[str, date]:
    """Salts of months that lie wholly before ``before``: their names and last days."""
    found = {}
    for path in sorted((settings.INSTANCE.root / "secrets").glob(f"{_NAME}*")):
        year, month = map(int, path.name.removeprefix(_NAME).split("-"))
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        if last < before:
            found[path.name] = last
    return found


def destroy_old(before: date) -> list[str]:
    """Destroy salts of months that lie wholly before ``before``; their names."""
    gone = list(past_salts(before))
    for name in gone:
        (settings.INSTANCE.root / "secrets" / name).unlink()
    return gone
