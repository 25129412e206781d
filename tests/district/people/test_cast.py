from __future__ import annotations

from datetime import date

import pytest

from hornbook.district.people.models import Person, Role
from hornbook.district.policy.models import ClauseText


def test_the_cast_stands_where_the_stories_expect_it(owner: Person, stranger: Person) -> None:
    assert [a.role for a in owner.roles.active(date.today())] == [Role.TEACHER]
    assert owner.roles.get().site != stranger.roles.get().site


@pytest.mark.usefixtures("db")
def test_the_small_policy_is_in_force(policy_in_force: dict[str, ClauseText]) -> None:
    found = ClauseText.objects.in_force(date.today())
    assert {text.version for text in found} == {f"{key}@1" for key in policy_in_force}
