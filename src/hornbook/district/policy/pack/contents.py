"""What goes into a pack, file by file. People are numbers here: no name leaves the house.

A signature is told by its public number, which ``/verify`` answers for, and by the hash of its
leaf, which the ledger proves without showing the leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from hornbook.district.activity.reading import lake_at
from hornbook.district.filtering.models import Category, ListVersion, Publication, Rule
from hornbook.district.learning.models import Duty, Question, Shown, Signature
from hornbook.district.policy.access import BASE
from hornbook.district.policy.law import basis
from hornbook.district.policy.models import ClauseText, Revision
from hornbook.district.policy.pack.archive import as_json

Files = dict[str, bytes]
_HOUR = 3600


def texts(revisions: Iterable[Revision]) -> Files:
    """The whole official text of each revision, and its clauses with all that is known."""
    files: Files = {}
    for revision in revisions:
        name = f"texts/{revision.policy.key}-{revision.no}"
        if revision.text:
            files[f"{name}.txt"] = revision.text.encode()
        rows = ClauseText.objects.filter(revision=revision).select_related("clause", "revision")
        files[f"{name}.json"] = as_json(
            {
                "policy": revision.policy.key,
                "title": revision.policy.title,
                "revision": revision.no,
                "effective_on": revision.effective_on.isoformat(),
                "readings": revision.readings,
                "evidence": revision.evidence,
                "minute_ref": revision.minute_ref,
                "text_sha256": revision.text_sha256,
                "wording_on_file": not revision.is_shell,
                "clauses": [_clause(text) for text in rows.order_by("order", "lang")],
            }
        )
    return files


def _clause(text: ClauseText) -> dict[str, Any]:
    return {
        "version": text.version,
        "lang": text.lang,
        "section": text.section,
        "lead": text.lead,
        "official": text.official,
        "plain": text.plain,
        "force": text.force,
        "holder": text.holder,
        "valid_from": text.valid_from.isoformat(),
        "valid_to": text.valid_to and text.valid_to.isoformat(),
    }


def signatures(found: Sequence[Signature]) -> Files:
    """Every signature without a name, and exactly the octets that were shown to be signed."""
    files = {
        "signatures.json": as_json(
            {
                "note": "People are not named. /verify answers for each number; ledger/proofs.json "
                "proves each leaf.",
                "signatures": [_signature(one) for one in found],
            }
        )
    }
    shown = {one.shown_id for one in found}
    for page in Shown.objects.filter(pk__in=shown):
        files[f"shown/{page.sha256}"] = bytes(page.body)
    return files


def _signature(one: Signature) -> dict[str, Any]:
    return {
        "number": one.number,
        "revision": f"{one.revision.policy.key}@{one.revision.no}",
        "lang": one.lang,
        "shown_sha256": one.shown_id,
        "sentence": one.sentence,
        "signed_in_by": one.auth_strength,
        "method": one.method,
        "signed_at": one.signed_at.isoformat(),
        "withdrawn": hasattr(one, "withdrawal"),
        "valid_to": one.valid_to and one.valid_to.isoformat(),
        "leaf": one.leaf_no,
    }


def lessons(duties: Iterable[Duty], questions: Iterable[Question]) -> Files:
    return {
        "lessons.json": as_json(
            {
                "duties": [
                    {
                        "title": duty.title,
                        "kind": duty.kind,
                        "clause": duty.clause.key,
                        "audience": duty.audience,
                        "sentence": duty.sentence,
                        "repeats_months": duty.repeats_months,
                        "enabled": duty.enabled,
                    }
                    for duty in duties
                ],
                "questions": [
                    {
                        "clause": question.clause.key,
                        "words_sha256": question.words_sha256,
                        "lang": question.lang,
                        "prompt": question.prompt,
                        "choices": question.choices,
                        "asked": question.asked,
                        "missed_at_first": question.missed,
                        "enabled": question.enabled,
                    }
                    for question in questions
                ],
            }
        )
    }


def rules(found: Iterable[Rule], categories: Iterable[Category]) -> Files:
    """The rules as they are now, and what the nodes were given last."""
    newest = Publication.objects.first()
    return {
        "rules.json": as_json(
            {
                "rules": [_rule(rule) for rule in found],
                "topics": [_topic(category) for category in categories],
                "published": newest
                and {
                    "at": newest.published_at.isoformat(),
                    "names": newest.names,
                    "catalogue": newest.catalogue,
                    "rulebook": newest.rulebook,
                    "seating": newest.seating,
                },
            }
        )
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "name": rule.name,
        "action": rule.action,
        "clause": rule.clause.key,
        "basis": rule.basis,
        "citation": basis(rule.basis).citation,
        "locked": rule.locked,
        "enabled": rule.enabled,
        "topics": sorted(topic.key for topic in rule.categories.all()),
        "profiles": sorted(profile.key for profile in rule.profiles.all()),
        "windows": rule.windows,
    }


def _topic(category: Category) -> dict[str, Any]:
    versions = ListVersion.objects.filter(source__category=category, state="current")
    return {
        "key": category.key,
        "name": category.name,
        "clause": category.clause.key,
        "basis": category.basis,
        "lists": [
            {"source": one.source.key, "sha256": one.sha256, "names": one.names}
            for one in versions.select_related("source")
        ],
    }


def filtering(since: datetime, until: datetime) -> Files:
    """How many decisions the activity record holds of each day, and in how many hours of it.

    That is no up-time: nobody but us measured it, at one place, from what was asked. So the
    file says what it shows and what it cannot show.
    """
    lake = lake_at(settings.INSTANCE.record)
    held, problems = lake.catalogue.files(since, until)
    hours: list[dict[str, Any]] = []
    if held:
        with lake.window(since, until) as window:
            hours, problems = window.summary(_HOUR), list(window.problems)
    days: dict[str, dict[str, int]] = {}
    for row in hours:
        day = days.setdefault(f"{row['bucket']:%Y-%m-%d}", {"decisions": 0, "hours": 0})
        day["decisions"] += row["n"]
        day["hours"] += 1
    return {
        "filtering.json": as_json(
            {
                "since": since.isoformat(),
                "until": until.isoformat(),
                "shows": "Decisions of the filter in the activity record by the day (UTC), and in "
                "how many hours of the day there was at least one.",
                "does_not_show": "How long the filter was up. In an hour without a decision it "
                "may have been down, or nobody asked it anything (nights, weekends, holidays); "
                "in an hour with one it need not have been up throughout. Rows that the District "
                "leaves out of its record, or has destroyed by schedule, are not counted.",
                "days": [{"day": day, **counts} for day, counts in sorted(days.items())],
                "problems": problems,
            }
        )
    }


def cases() -> Files:
    """There is no room of cases yet: the pack says so rather than leaving the file out."""
    return {
        "cases.json": as_json(
            {"cases": [], "note": "Hornbook kept no cases here when this pack was made."}
        )
    }


def base_texts(revision: Revision) -> list[ClauseText]:
    return list(ClauseText.objects.filter(revision=revision, lang=BASE).select_related("clause"))


def joined(parts: Iterable[Mapping[str, bytes]]) -> Files:
    """All files in one; two of one name would be a slip."""
    files: Files = {}
    for part in parts:
        if double := set(files) & set(part):
            raise ValueError(f"two files are called {sorted(double)[0]}")
        files.update(part)
    return files
