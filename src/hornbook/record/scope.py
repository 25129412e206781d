"""Which questions a node may record, and with whose name: at which hours, and from where.

The District's rules end where its time and its network end (Fourth Amendment: reasonable in
scope; CIPA, Pub. L. 106-554, 1702(b): nothing asks for tracking an identifiable user). What is
out of scope is recorded without the person and the address, or not at all. It is decided here,
before a row is sealed: what was never written cannot leak, be asked for, or be held.

The console's setting travels in the seating part; a node's own ``instance.json`` may only ask for
less::

    "recording": {"hours": ["mon-fri 06:30-18:00"], "off_hours": "anonymous",
                  "campus": ["10.0.0.0/8"], "off_campus": "none"}

Without ``hours`` it is always in hours, without ``campus`` always on campus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hornbook.instance import InstanceError
from hornbook.record.schema import as_activity

MODES = ("full", "anonymous", "none")  # from most to least; the lesser of two holds
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_MINUTE = 60_000_000  # microseconds
Hours = tuple[frozenset[int], int, int]  # weekdays (Monday 0), from and to, minutes of the day


class BadScope(InstanceError):
    """The settings cannot be used; the message names the entry and says why."""


@dataclass(frozen=True)
class Scope:
    """What is recorded how. The empty one records everything."""

    hours: tuple[Hours, ...] = ()
    off_hours: int = 0
    campus: tuple[IPv4Network | IPv6Network, ...] = ()
    off_campus: int = 0
    everywhere: int = 0  # the least that is left out, whatever the hour and the place
    _places: Callable[[str], bool] = field(default=lambda _: True, compare=False, repr=False)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Scope:
        """From the settings. Raises BadScope."""
        if not isinstance(told, Mapping):
            raise BadScope(f"recording: {told!r} is no set of entries")
        unknown = set(told) - {"hours", "off_hours", "campus", "off_campus"}
        if unknown:
            raise BadScope(f"recording: there is no entry {', '.join(sorted(unknown))}")
        try:
            campus = tuple(ip_network(one) for one in told.get("campus", ()))
        except (ValueError, TypeError) as error:
            raise BadScope(f"recording, campus: {error}") from error
        return cls(
            tuple(_hours(one) for one in told.get("hours", ())),
            _mode(told, "off_hours"),
            campus,
            _mode(told, "off_campus"),
            _places=lru_cache(maxsize=65_536)(lambda text: _within(text, campus)),
        )

    @property
    def limits(self) -> bool:
        """Whether anything is ever left out."""
        return bool(
            self.everywhere or (self.hours and self.off_hours) or (self.campus and self.off_campus)
        )

    def modes(self, rows: pa.RecordBatch, time_zone: str) -> NDArray[np.uint8]:
        """The place in ``MODES`` of each row (n,)."""
        found = np.maximum(self._by_hour(rows, time_zone), self._by_place(rows))
        return np.maximum(found, np.uint8(self.everywhere))

    def _by_hour(self, rows: pa.RecordBatch, time_zone: str) -> NDArray[np.uint8]:
        """Each distinct minute is looked at once."""
        if not self.hours or not self.off_hours:
            return np.zeros(rows.num_rows, np.uint8)
        at: Any = rows.column("at").cast(pa.int64()).to_numpy(zero_copy_only=False)
        minutes, place = np.unique(at // _MINUTE, return_inverse=True)
        zone = ZoneInfo(time_zone)
        found = [0 if self._in_hours(int(one), zone) else self.off_hours for one in minutes]
        return np.array(found, np.uint8)[place]

    def _in_hours(self, minute: int, zone: ZoneInfo) -> bool:
        local = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)
        now = local.hour * 60 + local.minute
        return any(
            local.weekday() in days and start <= now < end for days, start, end in self.hours
        )

    def _by_place(self, rows: pa.RecordBatch) -> NDArray[np.uint8]:
        if not self.campus or not self.off_campus:
            return np.zeros(rows.num_rows, np.uint8)
        encoded: Any = pc.dictionary_encode(rows.column("client").cast(pa.utf8()))
        distinct = encoded.dictionary.to_pylist()
        found = [0 if self._places(text) else self.off_campus for text in distinct]
        places: NDArray[np.intp] = encoded.indices.to_numpy(zero_copy_only=False)
        return np.array(found, np.uint8)[places]


def recordable(rows: pa.RecordBatch, time_zone: str, *scopes: Scope) -> pa.RecordBatch:
    """The rows that all of these let be recorded, those out of scope without person and address."""
    limiting = [scope for scope in scopes if scope.limits]
    if not limiting or not rows.num_rows:
        return rows
    modes = np.max([scope.modes(rows, time_zone) for scope in limiting], axis=0)
    if not modes.any():
        return rows
    kept = rows.filter(pa.array(modes < MODES.index("none")))
    hidden = pa.array(modes[modes < MODES.index("none")] == MODES.index("anonymous"))
    return _without_names(kept, hidden)


def leaves_out(at: float, client: str, time_zone: str, *scopes: Scope) -> bool:
    """Whether one of these lets nothing at all be recorded of a request (``at`` in Unix s)."""
    limiting = [scope for scope in scopes if scope.limits]
    if not limiting:
        return False
    moment = pa.array([int(at * 1e6)]).view(pa.timestamp("us", "UTC"))
    row = pa.RecordBatch.from_arrays([moment, pa.array([client])], names=["at", "client"])
    none = MODES.index("none")
    return any(scope.modes(row, time_zone)[0] == none for scope in limiting)


def _without_names(rows: pa.RecordBatch, hidden: Any) -> pa.RecordBatch:
    columns = list(rows.columns)
    for name in ("person", "client", "path"):
        place = rows.schema.get_field_index(name)
        columns[place] = pc.if_else(hidden, "", columns[place].cast(pa.utf8()))
    return as_activity(pa.RecordBatch.from_arrays(columns, names=rows.schema.names))


#: Where nobody could say what may be recorded: that something was asked, and never by whom.
UNTOLD = Scope(everywhere=MODES.index("anonymous"))


def _within(text: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _mode(told: Mapping[str, Any], name: str) -> int:
    mode = told.get(name, MODES[0])
    if mode not in MODES:
        raise BadScope(f"recording, {name}: “{mode}” is none of {', '.join(MODES)}")
    return MODES.index(mode)


def _hours(text: Any) -> Hours:
    """Read “mon-fri 06:30-18:00”."""
    found = _HOURS.fullmatch(str(text).strip().lower())
    if not found or not {found[1], found[2] or found[1]} <= set(_DAYS):
        raise BadScope(f"recording, hours: “{text}” is not like “mon-fri 06:30-18:00”")
    first, last = _DAYS.index(found[1]), _DAYS.index(found[2] or found[1])
    start, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (3, 5))
    if first > last or start >= end or end > 24 * 60:
        raise BadScope(f"recording, hours: “{text}” ends before it begins")
    return frozenset(range(first, last + 1)), start, end
