"""What the counts say: beside single requests, and in sums with reasons.

“Not checked” and “nothing found” are different answers, and so is “not known”: while a quarter
hour runs, and when the content stage was away, nobody can say which it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import Sum

from hornbook.district.activity.models import Look
from hornbook.district.filtering.models import Action
from hornbook.node.content.tally import BLURRED, CLEAR, CLOSED, NOT_CHECKED, OPEN, QUARTER
from hornbook.record.lake import Row, Where

NOT_KNOWN = "Answers then: not known whether they were looked at"
_WORDS = {CLOSED: "some closed", BLURRED: "some blurred", OPEN: "some found and left open"}


@dataclass
class Sums:
    """Answers by outcome, and those that were not checked by reason."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: str, reason: str, n: int) -> None:
        self.outcomes[outcome] += n
        if outcome == NOT_CHECKED:
            self.reasons[reason or "no reason told"] += n

    @property
    def total(self) -> int:
        return self.outcomes.total()

    @property
    def unchecked(self) -> int:
        return self.outcomes[NOT_CHECKED]

    @property
    def clear(self) -> int:
        return self.outcomes[CLEAR]

    @property
    def stopped(self) -> int:
        return self.outcomes[CLOSED] + self.outcomes[BLURRED]

    @property
    def words(self) -> str:
        """“Answers then: some not checked (a part of a file), nothing found in the others”.

        Without numbers: those of others at the same school would be among them.
        """
        if not self.total:
            return NOT_KNOWN
        why = "; ".join(reason for reason, _ in self.reasons.most_common(3))
        if self.unchecked == self.total:
            return f"Answers then: not checked ({why})"
        told = [words for outcome, words in _WORDS.items() if self.outcomes[outcome]]
        told += [f"some not checked ({why})"] if self.unchecked else []
        rest = " in the others" if told else ""
        told += [f"looked at, nothing found{rest}"] if self.clear else []
        return f"Answers then: {', '.join(told)}"


def put_looks(rows: list[Row]) -> None:
    """Add ``looked`` to rows of requests that a rule looked into: what is known of the answers
    of their site, to their school, in their quarter hour. Rows need at, site, name and action.
    """
    inspected = [row for row in rows if row["action"] in (Action.INSPECT, Action.REWRITE)]
    if not inspected:
        return
    times = {_quarter(row["at"]) for row in inspected}
    names = {row["name"] for row in inspected}
    held: dict[tuple[datetime, str, str], Sums] = {}
    found = Look.objects.filter(at__in=times, name__in=names)
    for at, site, name, outcome, reason, n in found.values_list(
        "at", "site", "name", "outcome", "reason", "n"
    ):
        held.setdefault((at, site, name), Sums()).add(outcome, reason, n)
    for row in inspected:
        key = _quarter(row["at"]), row["site"], row["name"]
        if key in held or row["action"] == Action.INSPECT:  # under SafeSearch, it may be
            row["looked"] = held.get(key, Sums()).words


def _quarter(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // QUARTER * QUARTER, UTC)


def by_school(where: Where, since: datetime, until: datetime) -> dict[str, Sums]:
    """The sums of each school (key) that the reader may see."""
    found = Look.objects.filter(at__gte=since, at__lt=until)
    if where.sites is not None:
        found = found.filter(site__in=where.sites)
    schools: dict[str, Sums] = {}
    grouped = found.values_list("site", "outcome", "reason").annotate(Sum("n"))
    for site, outcome, reason, n in grouped.order_by("site", "outcome", "reason"):
        schools.setdefault(site, Sums()).add(outcome, reason, n)
    return schools


def together(schools: Iterable[Sums]) -> Sums:
    whole = Sums()
    for one in schools:
        whole.outcomes.update(one.outcomes)
        whole.reasons.update(one.reasons)
    return whole
