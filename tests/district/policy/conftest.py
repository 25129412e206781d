"""Policies that the tests of this room import: a tiny one, and the sample district's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import hornbook.district
from hornbook.district.ledger.actions import Actor
from hornbook.district.policy.actions import Adopted, adopt_revision
from hornbook.district.policy.plan import plan_import

SAMPLE = Path(hornbook.district.__file__).parent / "sample"
ACTOR = Actor("Paula Policy")

TINY = """Use of Technology

Security

Users must log out of shared devices. Everyone may ask for help.

Staff should report damage to the office by the next school day.

Privacy

The District will never ask for a password.

Adopted: May 13, 2013

Revised: June 9, 2025
"""

Import = Callable[..., Adopted]


@pytest.fixture
def import_text(db: None, tmp_path: Path) -> Import:
    """Import a text as the policy ``tiny``; ``table`` is the body of a key table."""

    def import_it(
        text: str = TINY,
        *,
        policy: str = "tiny",
        table: str = "",
        effective: date | None = None,
    ) -> Adopted:
        path, keys = tmp_path / f"{policy}.txt", tmp_path / f"{policy}.csv"
        path.write_text(text, encoding="utf-8")
        keys.write_text(table, encoding="utf-8")
        plan = plan_import(
            path, policy_key=policy, table=keys if table else None, effective=effective
        )
        return adopt_revision(actor=ACTOR, plan=plan, source=path.name)

    return import_it
