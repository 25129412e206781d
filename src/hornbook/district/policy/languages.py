"""The policy in other languages: rows of a revision beside the words that bind."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hornbook.district.policy.access import BASE, texts_of
from hornbook.district.policy.models import ClauseText, Policy, Revision
from hornbook.district.policy.reading.blocks import PolicyRefused

NAMES = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "ar": "العربية",
    "bs": "Bosanski",
    "zh": "中文",
    "vi": "Tiếng Việt",
    "mh": "Kajin M̧ajeļ",
    "sw": "Kiswahili",
    "so": "Soomaali",
}
"""Languages by their own names, of BCP 47 tags; any other tag is shown as it is written."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur"})
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True)
class Translated:
    """One clause in another language; ``plain`` may be empty."""

    official: str
    plain: str


def name_of(lang: str) -> str:
    return NAMES.get(lang, lang)


def direction(lang: str) -> str:
    return "rtl" if lang.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def languages_of(revision: Revision) -> list[str]:
    """The languages that a revision has words in, the binding one first."""
    found = set(revision.clause_texts.values_list("lang", flat=True).order_by())
    return sorted(found, key=lambda lang: (lang != BASE, lang))


def carry_translations(texts: Sequence[ClauseText], former: Sequence[ClauseText]) -> None:
    """Give new texts the translations of former ones whose words are still the same."""
    words = {
        text.clause_id: (text.lead, text.official, text.section)
        for text in former
        if text.lang == BASE
    }
    new = {text.clause_id: text for text in texts}
    ClauseText.objects.bulk_create(
        _carried(new[old.clause_id], old)
        for old in former
        if old.lang != BASE
        and (now := new.get(old.clause_id))
        and words.get(old.clause_id) == (now.lead, now.official, now.section)
    )


def _carried(now: ClauseText, old: ClauseText) -> ClauseText:
    return ClauseText(
        clause_id=now.clause_id,
        revision_id=now.revision_id,
        order=now.order,
        section=old.section,
        lead=old.lead,
        official=old.official,
        plain=old.plain,
        plain_by=old.plain_by,
        plain_on=old.plain_on,
        lang=old.lang,
        force=now.force,
        holder=now.holder,
        valid_from=now.valid_from,
        valid_to=now.valid_to,
    )


def read_translation(path: Path, policy: Policy, revision: Revision) -> dict[str, Translated]:
    """Clause key → its translation, from a CSV file ``key,official[,plain]``.

    Raises PolicyRefused with the row's number for what cannot be stored.
    """
    known = {text.clause.key for text in texts_of(revision)}
    found: dict[str, Translated] = {}
    for number, row in _rows(path):
        key = (row.get("key") or "").strip()
        official = (row.get("official") or "").strip()
        if key not in known:
            raise PolicyRefused(f"{path}, row {number}: {policy.key} has no clause “{key}”")
        if key in found:
            raise PolicyRefused(f"{path}, row {number}: {key} stands there twice")
        if not official:
            raise PolicyRefused(f"{path}, row {number}: no words for {key}. Leave the row out")
        found[key] = Translated(official, (row.get("plain") or "").strip())
    if not found:
        raise PolicyRefused(f"{path}: no row. Write key,official,plain and one row a clause")
    return found


def _rows(path: Path) -> list[tuple[int, Mapping[str, str | None]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyRefused(f"{path} cannot be read: {error}") from error
    reader = csv.DictReader(text.splitlines(keepends=True))
    missing = {"key", "official"} - set(reader.fieldnames or ())
    if missing:
        raise PolicyRefused(f"{path}: the first row must name the columns key,official,plain")
    return list(enumerate(reader, 2))


def check_tag(lang: str) -> str:
    """A language tag as BCP 47 writes it. Raises PolicyRefused for anything else."""
    if not _TAG.fullmatch(lang) or lang == BASE:
        raise PolicyRefused(f"“{lang}” is no tag of another language, such as es or zh-Hant")
    return lang
