from datetime import date

import pytest

from hornbook.district.policy.law import basis
from hornbook.district.policy.models import LegalBasis


@pytest.mark.parametrize("key", LegalBasis.values)
def test_every_basis_has_words_a_citation_and_a_day_it_was_checked(key: str) -> None:
    entry = basis(key)
    assert entry.key == key
    assert entry.words
    assert entry.citation
    assert entry.note
    assert date(2026, 1, 1) <= entry.checked_on


def test_the_law_speaks_of_pictures_and_of_an_age() -> None:
    minor = basis(LegalBasis.CIPA_MINOR)
    assert "47 U.S.C. 254(h)" in minor.citation
    assert "pictures" in minor.words
    assert "under 17" in minor.note


def test_an_unknown_basis_is_an_error() -> None:
    with pytest.raises(KeyError):
        basis("because")
