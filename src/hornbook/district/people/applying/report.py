"""What an import did, in counts that a person, a script and the ledger can read."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from hornbook.district.people.roster.rows import Refusal


@dataclass
class Tally:
    added: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0

    @property
    def changes(self) -> int:
        return self.added + self.changed + self.ended


@dataclass
class ImportReport:
    """``tallies`` has one entry a noun: sites, people, roles, classes, enrollments, accounts."""

    name: str
    format: str
    sha256: str
    rows: int
    refusals: list[Refusal]
    notices: list[str]
    dry_run: bool = False
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        return sum(tally.changes for tally in self.tallies.values())

    def tally(self, noun: str) -> Tally:
        return self.tallies.setdefault(noun, Tally())

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "changes": self.changes}

    def leaf_detail(self) -> dict[str, Any]:
        """Counts and the hash of the files; no person is named in the ledger."""
        return {
            "file": self.name,
            "sha256": self.sha256,
            "rows": self.rows,
            "refused": len(self.refusals),
            "changes": {noun: asdict(tally) for noun, tally in self.tallies.items()},
        }
