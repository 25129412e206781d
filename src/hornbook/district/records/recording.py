"""What nodes may record, and with whose name: the rule in force, and in words.

The rule is set here by two people, compiled into the seating part and carried out by the nodes
before a row is written (``record/scope.py``).
"""

from __future__ import annotations

import re
from typing import Any

from hornbook.district.records.models import Mode, RecordingRule

_DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_OUT_OF_SCOPE = {
    Mode.ANONYMOUS: "what is asked is recorded without the person and the address of the device",
    Mode.NONE: "nothing of what is asked is recorded",
}


def rule_in_force() -> RecordingRule | None:
    """The last rule that two people agreed to; None while there never was one."""
    agreed = RecordingRule.objects.filter(agreed_at__isnull=False)
    return agreed.select_related("clause", "proposed_by", "agreed_by").first()


def proposal() -> RecordingRule | None:
    """The rule that waits for a second person."""
    waiting = RecordingRule.objects.filter(agreed_at__isnull=True, withdrawn_at__isnull=True)
    return waiting.select_related("clause", "proposed_by").first()


def recording_in_force() -> dict[str, Any]:
    """What is compiled for the nodes; empty where nothing is left out."""
    rule = rule_in_force()
    return rule.told if rule else {}


def in_words(rule: RecordingRule | None) -> list[str]:
    """The rule in sentences for everybody; networks are not named to everybody."""
    if rule is None or {rule.off_hours, rule.off_campus} == {Mode.FULL}:
        return ["Every question is recorded, at every hour and wherever the filter is used from."]
    found = []
    if rule.off_hours != Mode.FULL:
        hours = ", ".join(hours_in_words(one) for one in rule.hours)
        found.append(f"Outside {hours}, {_OUT_OF_SCOPE[Mode(rule.off_hours)]}.")
    if rule.off_campus != Mode.FULL:
        words = _OUT_OF_SCOPE[Mode(rule.off_campus)]
        found.append(f"Away from the District's own network, {words}.")
    if rule.off_hours == Mode.FULL:
        found.append("On the District's own network all hours are alike.")
    if rule.off_campus == Mode.FULL:
        found.append("In those hours it makes no difference where the filter is used from.")
    return found


def hours_in_words(text: str) -> str:
    """“mon-fri 06:30-18:00” as “Monday to Friday from 06:30 to 18:00”."""
    days, _, clock = text.strip().lower().partition(" ")
    named = re.sub(r"[a-z]{3}", lambda day: _DAYS.get(day[0], day[0]), days)
    start, _, end = clock.partition("-")
    return f"{named.replace('-', ' to ')} from {start} to {end}"
