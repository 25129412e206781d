"""Rules as sentences that a board member can read."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.listing import category_rows, listed, rule_rows
from hornbook.instance import Instance


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], ""),
        (["games"], "games"),
        (["games", "shops"], "games and shops"),
        (["games", "films", "shops"], "games, films and shops"),
        (["weapons", "violence and hate"], "weapons, and violence and hate"),
    ],
)
def test_words_are_listed(words: list[str], sentence: str) -> None:
    assert listed(words) == sentence


def test_every_rule_has_its_sentence_and_its_words_in_force(house: Instance) -> None:
    rows = {row.rule.key: row for row in rule_rows()}
    assert [row.place for row in rows.values()] == list(range(1, len(rows) + 1))
    assert rows["cipa-adults"].place == 2
    assert rows["no-bypass"].sentence == (
        "Everyone but IT administrators: block other DNS services and ways around the filter, "
        "always (network security)."
    )
    assert rows["high-leisure-school-hours"].sentence.endswith(
        "social media, Monday to Friday 08:00–15:00 on school days (local policy)."
    )
    assert all(row.version for row in rows.values())


def test_names_are_counted_by_category(house: Instance) -> None:
    counts = {row.category.key: row.names for row in category_rows()}
    assert (counts["games"], counts["adult"], counts["drugs"]) == (2, 1, 0)
    assert counts["protected"] > 40
