"""Write the signing paper of a duty and a revision, for somebody who signed another before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Count
from django.utils.timezone import localdate

from hornbook.district.learning.changes import Change, changes, texts_of
from hornbook.district.learning.models import Duty
from hornbook.district.learning.notice import notice
from hornbook.district.learning.paper import Block, Paper
from hornbook.district.policy.access import BASE
from hornbook.district.policy.history import adoption_words
from hornbook.district.policy.models import ClauseText, Revision

_WHAT = {"new": "New", "changed": "New words", "gone": "Taken out"}


def make_paper(
    duty: Duty,
    revision: Revision,
    *,
    since: Revision | None,
    roles: Sequence[str],
    lang: str = "en",
) -> Paper:
    """What somebody with these roles is shown who signed ``since`` last (None: never)."""
    found = changes_for(revision, since, roles, lang)
    return Paper(
        (
            Block("title", revision.policy.title),
            Block("revision", adoption_words(revision), str(revision.no)),
            Block("force", f"In force from {revision.effective_on:%-d %B %Y}"),
            Block("language", lang),
            Block("official", revision.text_sha256 or "not kept"),
            Block("part", "changes"),
            *_change_blocks(found, since),
            Block("part", "policy"),
            *_policy_blocks(revision, lang),
            Block("part", "notice"),
            *_notice_blocks(),
            Block("part", "sentence"),
            Block("sentence", duty.sentence),
        )
    )


def changes_for(
    revision: Revision, since: Revision | None, roles: Sequence[str], lang: str = "en"
) -> list[Change]:
    """Nothing for whoever signs for the first time: then everything is new."""
    if since is None or since.pk == revision.pk:
        return []
    former = texts_of(since, lang) or texts_of(since)
    return changes(texts_of(revision, lang) or texts_of(revision), former, roles)


def languages(revision: Revision) -> list[str]:
    """In which languages the whole revision can be read, the binding one first.

    A translation that has only begun is not offered: nobody signs half a policy.
    """
    counted = revision.clause_texts.order_by().values_list("lang").annotate(n=Count("pk"))
    found = dict(counted)
    whole = found.get(BASE, 0)
    others = sorted(lang for lang, n in found.items() if n == whole and lang != BASE)
    return [BASE, *others]


def _change_blocks(found: list[Change], since: Revision | None) -> Iterator[Block]:
    if since is None:
        yield Block("first", "You sign this policy for the first time, so all of it is new to you.")
        return
    signed = f"You signed the wording of {since.effective_on:%-d %B %Y} before."
    if not found:
        yield Block("first", f"{signed} No clause has other words since.")
        return
    yield Block("first", signed)
    for change in sorted(found, key=lambda change: not change.yours):
        yield from _one_change(change)


def _one_change(change: Change) -> Iterator[Block]:
    whose = "for you" if change.yours else "for others, or what the District explains and promises"
    yield Block("change", f"{_WHAT[change.what]}: {whose}", change.key)
    if change.now is not None:
        yield Block("now", _words(change.now), change.key)
        if change.now.plain:
            yield Block("plain", change.now.plain, change.key)
    if change.before is not None:
        yield Block("before", _words(change.before), change.key)


def _words(text: ClauseText) -> str:
    return f"{text.lead}\n{text.official}".strip()


def _policy_blocks(revision: Revision, lang: str) -> Iterator[Block]:
    """The whole text, nothing left out; a translation clause by clause."""
    if lang == "en" and revision.passages:
        for passage in revision.passages:
            yield Block(passage["kind"], passage["text"], passage.get("clause") or "")
        return
    section = ""
    for text in texts_of(revision, lang) or texts_of(revision):
        if text.section != section:
            section = text.section
            yield Block("heading", section)
        yield Block("clause", _words(text), text.clause.key)


def _notice_blocks() -> Iterator[Block]:
    told = notice(localdate())
    for text in told.texts:
        yield Block("monitoring", _words(text), text.clause.key)
    for sentence in told.kept:
        yield Block("kept", sentence)
