from datetime import date

import pytest
from django.http import Http404

from hornbook.district.policy import access
from hornbook.district.policy.models import Policy
from tests.district.policy.conftest import TINY, Import

pytestmark = pytest.mark.django_db

OLD, NEW = date(2025, 6, 9), date(2026, 11, 9)
REVISED = TINY.replace("log out of", "sign out of") + "\nRevised: November 9, 2026\n"


def test_a_policy_is_current_from_its_day_on(import_text: Import) -> None:
    import_text()
    assert access.current_policies(date(2025, 6, 8)) == []
    assert [current.policy.key for current in access.current_policies(OLD)] == ["tiny"]


def test_the_newest_revision_that_binds_is_the_current_one(import_text: Import) -> None:
    import_text()
    import_text(REVISED)
    assert access.current_policy("tiny", OLD).revision.no == 2
    assert access.current_policy("tiny", NEW).revision.no == 3


def test_the_wording_is_that_of_the_day(import_text: Import) -> None:
    import_text()
    import_text(REVISED)
    clause = access.clause_by_key("SEC-1")
    before, after = (access.text_in_force(clause, day) for day in (date(2026, 11, 8), NEW))
    assert before is not None
    assert after is not None
    assert (before.version, after.version) == ("SEC-1@2", "SEC-1@3")
    assert access.text_in_force(clause, date(2020, 1, 1)) is None


def test_a_clause_that_ended_keeps_its_last_words(import_text: Import) -> None:
    import_text()
    import_text(REVISED.replace("Everyone may ask for help.", ""))
    clause = access.clause_by_key("sec-2")
    assert access.text_in_force(clause, NEW) is None
    last = access.last_text(clause, NEW)
    assert last is not None
    assert (last.version, last.valid_to) == ("SEC-2@2", NEW)


def test_what_is_absent_is_not_found(import_text: Import) -> None:
    import_text()
    Policy.objects.create(key="empty", title="Empty")
    with pytest.raises(Http404):
        access.clause_by_key("SEC-99")
    for key in ("empty", "none"):
        with pytest.raises(Http404):
            access.current_policy(key, NEW)
