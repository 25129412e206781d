"""What a revision changed for one person since the revision that they signed last."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from hornbook.district.people.audience import audience_of, is_carried_by_people
from hornbook.district.policy.models import ClauseText, Force, Revision

_NO_DUTY = {Force.DEFINITION, Force.PROMISE}


@dataclass(frozen=True)
class Change:
    """``what`` is “new”, “changed” or “gone”. ``yours``: it binds somebody with these roles."""

    what: str
    key: str
    now: ClauseText | None
    before: ClauseText | None
    yours: bool

    @property
    def is_duty(self) -> bool:
        return self.now is not None and self.yours and self.now.force not in _NO_DUTY


def words_of(text: ClauseText) -> tuple[str, str]:
    """What counts as the same words: the list's opening and the clause itself."""
    return " ".join(text.lead.split()), " ".join(text.official.split())


def words_sha256(text: ClauseText) -> str:
    """By which a question knows that its clause still says the same."""
    return hashlib.sha256("\n".join(words_of(text)).encode()).hexdigest()


def texts_of(revision: Revision, lang: str = "en") -> list[ClauseText]:
    """The clause texts of the revision in its order.

    They share that one revision: its whole text is not read again for each clause.
    """
    return list(revision.clause_texts.filter(lang=lang).select_related("clause").order_by("order"))


def changes(
    texts: Iterable[ClauseText], former: Iterable[ClauseText], roles: Collection[str]
) -> list[Change]:
    """In the order of the new text; what is gone stands last."""
    was = {text.clause.key: text for text in former}
    found = [_change(text, was.pop(text.clause.key, None), roles) for text in texts]
    gone = [Change("gone", key, None, text, _binds(text, roles)) for key, text in was.items()]
    return [change for change in found if change is not None] + gone


def _change(now: ClauseText, before: ClauseText | None, roles: Collection[str]) -> Change | None:
    if before is not None and words_of(now) == words_of(before):
        return None
    what = "new" if before is None else "changed"
    return Change(what, now.clause.key, now, before, _binds(now, roles))


def _binds(text: ClauseText, roles: Collection[str]) -> bool:
    """Does it bind somebody who holds one of these roles?"""
    if not is_carried_by_people(text.holder):
        return False
    return not set(audience_of(text.holder)["roles"]).isdisjoint(roles)
