from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.policy.reading.draft import check_nothing_lost, passages_of
from hornbook.district.policy.reading.keys import KeyMaker
from hornbook.district.policy.reading.layout import lay_out
from hornbook.district.policy.reading.lines import blocks_from_lines
from hornbook.district.policy.reading.proposing import cut_by_verbs, name


def cut(text: str) -> list[tuple[str, str | None]]:
    lines = [(line, "line 1") for line in text.splitlines()]
    return [(c.official, c.force) for c in cut_by_verbs(lay_out(blocks_from_lines(lines)))]


def test_an_explanation_joins_the_duty_beside_it() -> None:
    text = "Technology changes. Users must be careful. Links can lie.\n\nStaff may ask."
    assert cut(text) == [
        ("Technology changes. Users must be careful. Links can lie.", "must"),
        ("Staff may ask.", "may"),
    ]


def test_every_operative_verb_begins_a_clause() -> None:
    assert [force for _, force in cut("Users must ask. Users should wait. Users may go.")] == [
        "must",
        "should",
        "may",
    ]


def test_a_paragraph_that_only_explains_is_a_clause_without_force() -> None:
    assert cut("Technology changes quickly, and so do we.") == [
        ("Technology changes quickly, and so do we.", None)
    ]


def test_a_second_sentence_of_an_item_does_not_continue_the_lead() -> None:
    lines = [
        (line, "line 1")
        for line in "Staff must:\n- Ask first. Exceptions may be made.".splitlines()
    ]
    first, second = cut_by_verbs(lay_out(blocks_from_lines(lines)))
    assert (first.lead, first.force) == ("Staff must:", "must")
    assert (second.lead, second.force) == ("", "may")


POLICY_LIKE = st.lists(
    st.sampled_from(
        [
            "Security",
            "Users must:",
            "- Log out. Exceptions may be made.",
            "- Not share (e.g., passwords)",
            "1. Be kind.",
            "The District will help. It never asks. ",
            "  Words that only explain, and are wrapped",
            "",
            "Adopted: May 13, 2013",
            "•  A bullet: with a colon:",
            "“Quoted.” He said. U.S. law binds.",
            "\ttab\u00a0and no-break space",
        ]
    ),
    max_size=14,
)


@given(POLICY_LIKE)
def test_whatever_the_order_no_word_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    units = lay_out(blocks_from_lines([(line, "line 1") for line in lines]))
    cuts = cut_by_verbs(units)
    drafts = name(cuts, KeyMaker((), (), ()))
    check_nothing_lost(
        text, passages_of(units, [(d.key, c) for d, c in zip(drafts, cuts, strict=True)])
    )
    assert len({draft.key for draft in drafts}) == len(drafts)
