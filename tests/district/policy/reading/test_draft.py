import pytest

from hornbook.district.policy.reading.blocks import PolicyRefused
from hornbook.district.policy.reading.draft import Cut, Part, Passage, check_nothing_lost
from hornbook.district.policy.reading.layout import Unit


def test_white_space_alone_is_no_difference() -> None:
    check_nothing_lost("Be  kind.\n\nBe safe.", [Passage("clause", "Be kind. Be\nsafe.", "A-1")])


def test_the_first_differing_place_is_named() -> None:
    with pytest.raises(PolicyRefused, match=r"after “…Bekind\.” the text reads “Besafe\.”"):
        check_nothing_lost("Be kind. Be safe.", [Passage("clause", "Be kind.", "A-1")])


def test_a_clause_over_several_items_keeps_the_marks_inside() -> None:
    first, second = (
        Unit("text", words, "line 1", mark="-", is_item=True) for words in ("Be kind.", "Be safe.")
    )
    cut = Cut([Part(first, "Be kind.", True), Part(second, "Be safe.", True)])
    assert cut.official == "Be kind.\n- Be safe."
    assert cut.written == "- Be kind.\n- Be safe."


def test_a_clause_that_begins_inside_an_item_has_no_mark() -> None:
    unit = Unit("text", "Be kind. Be safe.", "line 1", mark="-", is_item=True)
    cut = Cut([Part(unit, "Be safe.", False)])
    assert cut.written == "Be safe."
