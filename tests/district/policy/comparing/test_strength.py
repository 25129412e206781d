"""From should to must is stronger; from may to must not is, too."""

from __future__ import annotations

import pytest

from hornbook.district.policy.comparing.strength import BINDING, binds, rank, step
from hornbook.district.policy.models import Force


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("should", "must", "stronger"),
        ("must", "should", "weaker"),
        ("encouraged", "should_not", "stronger"),
        ("may", "must_not", "stronger"),
        ("must", "must_not", "turned"),
        ("never", "shall", "turned"),
        ("must", "shall", "same"),
        ("definition", "may", "same"),
        ("never", "must_not", "same"),
    ],
)
def test_steps(before: str, after: str, told: str) -> None:
    assert step(before, after) == told


def test_every_force_has_a_rank() -> None:
    assert {rank(force) for force in Force.values} == {0, 1, 2, 3}
    assert {force for force in Force if binds(force)} == set(BINDING)
