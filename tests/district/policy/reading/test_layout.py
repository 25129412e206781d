from hornbook.district.policy.reading.blocks import Block
from hornbook.district.policy.reading.layout import Unit, lay_out, runs


def block(kind: str, text: str) -> Block:
    return Block(kind, text, "line 1")  # type: ignore[arg-type]


def laid(*blocks: tuple[str, str]) -> list[Unit]:
    return lay_out([block(kind, text) for kind, text in blocks])


def test_an_opening_before_a_list_is_the_lead_of_its_items() -> None:
    units = laid(
        ("heading", "Security"),
        ("paragraph", "Staff must:"),
        ("item", "Log out."),
        ("item", "Not snoop."),
        ("paragraph", "Staff may ask."),
    )
    assert [(u.kind, u.lead) for u in units[1:]] == [
        ("lead", ""),
        ("text", "Staff must:"),
        ("text", "Staff must:"),
        ("text", ""),
    ]
    assert {u.section for u in units[1:]} == {"Security"}


def test_only_the_last_sentence_of_a_paragraph_is_a_lead() -> None:
    units = laid(("paragraph", "Be kind. Staff must:"), ("item", "Log out."))
    assert [(u.kind, u.text) for u in units] == [
        ("text", "Be kind."),
        ("lead", "Staff must:"),
        ("text", "Log out."),
    ]


def test_a_colon_without_a_list_is_no_lead() -> None:
    assert [u.kind for u in laid(("paragraph", "Remember this:"))] == ["text"]


def test_dates_and_references_close_the_text() -> None:
    units = laid(
        ("paragraph", "Adopted: May 13, 2013"), ("paragraph", "Legal Reference: 47 U.S.C. 254")
    )
    assert {u.kind for u in units} == {"closing"}


def test_structure_parts_the_runs() -> None:
    units = laid(("paragraph", "A must."), ("item", "B."), ("heading", "H"), ("paragraph", "C."))
    assert [[u.text for u in run] for run in runs(units)] == [["A must.", "B."], ["C."]]
