"""Clocks of cases run in the school days of the district (``learning.days``)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from hornbook.district.learning import days


def after(day: date, school_days: int) -> date:
    """The day that many school days later; with 0 the day itself, or the next school day."""
    return days.after(day, school_days)


def closes_at(day: date) -> datetime:
    """The midnight behind that day, in district time."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
