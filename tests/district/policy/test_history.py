import pytest

from hornbook.district.policy.access import clause_by_key
from hornbook.district.policy.history import adoption_words, steps
from hornbook.district.policy.models import Revision
from tests.district.policy.conftest import TINY, Import

pytestmark = pytest.mark.django_db


def told(key: str) -> list[tuple[int, str]]:
    return [(step.revision.no, step.what) for step in steps(clause_by_key(key))]


def test_each_revision_says_what_it_did_to_a_clause(import_text: Import) -> None:
    import_text()
    second = TINY.replace("log out of", "sign out of") + "\nRevised: November 9, 2026\n"
    import_text(second.replace("ask for help.", "ask for help. Drones must stay outside."))
    third = second.replace("Everyone may ask for help.", "") + "\nRevised: December 14, 2026\n"
    import_text(third)
    unknown = "The wording of this revision is not on file."
    assert told("SEC-1") == [
        (4, "The same words."),
        (3, "New words."),
        (2, "First wording on file."),
        (1, unknown),
    ]
    newest = next(step for step in steps(clause_by_key("SEC-1")) if step.pieces)
    assert [piece.text for piece in newest.pieces if piece.kind == "new"] == ["sign"]
    assert told("SEC-2")[0] == (4, "Taken out.")
    assert told("SEC-4") == [
        (4, "Taken out."),
        (3, "Added."),
        (2, "Not part of the policy."),
        (1, unknown),
    ]


def test_two_readings_are_named_both(import_text: Import) -> None:
    import_text(TINY.replace("June 9, 2025", "May 12, 2025/June 9, 2025"))
    current = Revision.objects.get(no=2)
    assert adoption_words(current) == "Revised 12 May 2025 and 9 June 2025"
