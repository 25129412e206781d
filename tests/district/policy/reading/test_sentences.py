import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbook.district.policy.reading.blocks import squeeze
from hornbook.district.policy.reading.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Be kind. Be safe.", ["Be kind.", "Be safe."]),
        ("See policy (5504). All staff must.", ["See policy (5504).", "All staff must."]),
        ("Keys (i.e., Names and Words) are yours.", ["Keys (i.e., Names and Words) are yours."]),
        ("Use names, e.g. Smith, with care.", ["Use names, e.g. Smith, with care."]),
        ("The U.S. Code binds. So do we.", ["The U.S. Code binds.", "So do we."]),
        ("Under 47 U.S.C. Section 254 we filter.", ["Under 47 U.S.C. Section 254 we filter."]),
        (
            "Read (<http://www.example.org/a.B>) first.",
            ["Read (<http://www.example.org/a.B>) first."],
        ),
        ("Call J. Doe. Then wait.", ["Call J. Doe.", "Then wait."]),
        ("He said “Stop.” Nobody did.", ["He said “Stop.”", "Nobody did."]),
        ("Games, films etc. Users must ask.", ["Games, films etc.", "Users must ask."]),
        ("Version 2.0 is out. 3 of 4 agree.", ["Version 2.0 is out.", "3 of 4 agree."]),
        ("No full stop at the end", ["No full stop at the end"]),
        ("Why? Because! Yes.", ["Why?", "Because!", "Yes."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@given(st.text(alphabet=st.sampled_from('aB .!?”"()1\n'), max_size=60))
def test_no_character_is_lost(text: str) -> None:
    assert squeeze("".join(split_sentences(text))) == squeeze(text)
