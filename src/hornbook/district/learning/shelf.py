"""What many people are shown alike, made once: papers, questions, what changed for a role.

Twelve thousand people read a dozen different papers. Whoever handles many of them in one
transaction gives the actions one shelf; without one every action makes its own, so that nothing
that is shown to a person who signs by themselves is older than the page that they asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from hornbook.district.learning.models import Duty, Question, Shown
from hornbook.district.learning.paper import Paper
from hornbook.district.learning.texts import asked_of, questions_for
from hornbook.district.learning.writing import changes_for, make_paper
from hornbook.district.policy.models import Revision

Made = TypeVar("Made")


class Shelf:
    """For one transaction: what the policy says must not change under it."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def paper(
        self,
        duty: Duty,
        revision: Revision,
        since: Revision | None,
        roles: Sequence[str],
        lang: str,
    ) -> Paper:
        """What somebody with these roles is shown who signed ``since`` last."""
        key = ("paper", duty.pk, revision.pk, _key(since), *roles, lang)
        return self._once(
            key, lambda: make_paper(duty, revision, since=since, roles=roles, lang=lang)
        )

    def questions(
        self, revision: Revision, since: Revision | None, roles: Sequence[str], lang: str
    ) -> list[Question]:
        """What they are asked: about the duties that changed for them."""
        every = self._once(("asked", revision.pk, lang), lambda: questions_for(revision, lang))
        if not every or since is None:
            return asked_of(every, None)
        key = ("changed", revision.pk, since.pk, *roles)
        found = self._once(key, lambda: changes_for(revision, since, roles))
        return asked_of(every, {change.key for change in found if change.is_duty})

    def kept(self, paper: Paper, keep: Callable[[Paper], Shown]) -> Shown:
        return self._once(("shown", paper.sha256), lambda: keep(paper))

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        if key not in self._made:
            self._made[key] = make()
        found: Made = self._made[key]
        return found


def _key(since: Revision | None) -> int:
    return since.pk if since else 0
