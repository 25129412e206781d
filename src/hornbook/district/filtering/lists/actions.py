"""Take lists in, accept a held version, decide about a held name: the change and its leaf."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hornbook.district.filtering.defaults import ensure_category
from hornbook.district.filtering.lists.batch import Batch
from hornbook.district.filtering.lists.parse import ParsedList
from hornbook.district.filtering.lists.popularity import Review, review
from hornbook.district.filtering.lists.shelf import Shelf
from hornbook.district.filtering.lists.survey import FoundList
from hornbook.district.filtering.models import (
    Category,
    HeldName,
    ListSource,
    ListState,
    ListVersion,
    PopularList,
)
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.policy.models import ClauseText
from hornbook.instance import InstanceError

MOST_CHANGE = 0.30  # of the version in use; more is held for a person to look at


class ListImportError(InstanceError):
    """The import cannot be made; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True)
class Outcome:
    """What became of one list: ``new``, ``updated``, ``unchanged`` or ``held`` (``why``)."""

    key: str
    category: str
    state: str
    why: str = ""


@dataclass
class Imported:
    """What an import changed."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    popular: dict[str, str] = field(default_factory=dict)
    review: Review = field(default_factory=Review)
    waiting: int = 0  # held names that nobody has decided about, in all lists


@transaction.atomic
def import_lists(
    batch: Batch, shelf: Shelf, *, actor: Actor, accept_change: bool = False, dry_run: bool = False
) -> Imported:
    """Store every list of the batch, then hold popular names that one maker alone lists.

    A version with over 30 % fewer or more entries than the one in use is stored as held and
    that one stays, unless ``accept_change``. The same content again is "unchanged". With
    ``dry_run`` nothing is kept, and the answer is the same. Raises DefaultsError without a
    policy, ListImportError when a source feeds another category already.
    """
    done = Imported()
    for key, file, parsed in batch.popular:
        done.popular[key] = _store_popular(key, file, parsed, shelf, actor)
    touched = {}
    for found, parsed in batch.lists:
        source = _source(found, actor)
        touched[source.category_id] = source.category
        address = shelf.put(parsed)
        outcome = _store(source, address, found, parsed, actor, accept_change)
        done.outcomes[found.key] = outcome
    new_popular = any(state != "unchanged" for state in done.popular.values())
    categories = Category.objects.all() if new_popular else touched.values()
    done.review = _review(categories, shelf, actor)
    done.waiting = HeldName.objects.filter(decision=HeldName.Decision.PENDING).count()
    if dry_run:
        transaction.set_rollback(True)
    return done


@transaction.atomic
def accept_version(version: ListVersion, *, actor: Actor, shelf: Shelf | None = None) -> None:
    """Take a held version into use, as somebody looked at its change and found it right.

    Its popular names are held as after an import. Raises ListImportError when it is not held.
    """
    version = ListVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != ListState.HELD:
        raise ListImportError(f"{version} is not held; it is {version.get_state_display()}.")
    why = version.held_reason
    _put_into_use(version)
    _leaf_of_accepted(version, why, actor)
    _review([version.source.category], shelf or Shelf.of(settings.INSTANCE), actor)


@transaction.atomic
def decide_held_name(held: HeldName, decision: str, *, actor: Actor) -> None:
    """Say whether a popular name is listed rightly (``block``) or wrongly (``drop``)."""
    if decision not in HeldName.Decision.values:
        raise ListImportError(f"“{decision}” is no decision; say block, drop or pending.")
    held = HeldName.objects.select_for_update().select_related("source__category").get(pk=held.pk)
    before, held.decision = held.decision, decision
    held.save(update_fields=["decision"])
    record(
        actor=actor,
        verb="filtering.held-name-decided",
        object=f"list:{held.source.key}",
        clause_texts=_cited(held.source.category),
        detail={"name": held.name, "decision": decision, "before": before},
    )


@transaction.atomic
def decide_held_names(source: ListSource, decision: str, *, actor: Actor) -> int:
    """Decide alike about every name of one source that still waits; returns how many.

    One leaf holds all the names. Raises ListImportError for what is no decision.
    """
    if decision not in (HeldName.Decision.BLOCK, HeldName.Decision.DROP):
        raise ListImportError(f"“{decision}” is no decision; say block or drop.")
    pending = source.held_names.select_for_update().filter(decision=HeldName.Decision.PENDING)
    names = list(pending.values_list("name", flat=True))
    if not names:
        return 0
    source.held_names.filter(decision=HeldName.Decision.PENDING).update(decision=decision)
    record(
        actor=actor,
        verb="filtering.held-names-decided",
        object=f"list:{source.key}",
        clause_texts=_cited(source.category),
        detail={"decision": decision, "names": names},
    )
    return len(names)


def _store_popular(key: str, file: Path, parsed: ParsedList, shelf: Shelf, actor: Actor) -> str:
    address = shelf.put(parsed)
    before = PopularList.objects.filter(key=key).first()
    if before and before.sha256 == address:
        return "unchanged"
    PopularList.objects.update_or_create(
        key=key,
        defaults={"sha256": address, "names": parsed.names_count, "origin": file.name},
    )
    record(
        actor=actor,
        verb="filtering.popular-names-imported",
        object=f"list:{key}",
        detail={"sha256": address, "names": parsed.names_count, "origin": file.name},
    )
    return "updated" if before else "new"


def _source(found: FoundList, actor: Actor) -> ListSource:
    """The row of the list's source, made when it is new. Its category stays what it was."""
    category = ensure_category(found.category or "", actor=actor)
    source, _ = ListSource.objects.select_for_update().get_or_create(
        key=found.key,
        defaults={"name": found.name, "category": category, "licence": found.licence},
    )
    if source.category_id != category.pk:
        raise ListImportError(
            f"The list {found.key} feeds “{source.category.key}” already, not “{category.key}”. "
            "Nothing was changed. To feed both, import it again with --source OTHER-KEY."
        )
    return source


def _store(
    source: ListSource,
    address: str,
    found: FoundList,
    parsed: ParsedList,
    actor: Actor,
    accept_change: bool,
) -> Outcome:
    current = source.versions.filter(state=ListState.CURRENT).first()
    if current and current.sha256 == address:
        return Outcome(source.key, source.category.key, "unchanged")
    why = _too_much_change(current, parsed)
    version, known = _version(source, address, found, parsed)
    if why and not accept_change:
        version.held_reason = f"{why}; --accept-change takes it into use"[:300]
        version.save(update_fields=["held_reason"])
        if not known:
            _leaf_of_import(version, actor)
        return Outcome(source.key, source.category.key, "held", version.held_reason)
    _put_into_use(version)
    _leaf_of_import(version, actor)
    if why:
        _leaf_of_accepted(version, why, actor)
    return Outcome(source.key, source.category.key, "updated" if current else "new", why)


def _too_much_change(current: ListVersion | None, parsed: ParsedList) -> str:
    """In words, how a list shrank or grew by over 30 %; empty when it did not."""
    if current is None:
        return ""
    pairs = (
        ("names", current.names, parsed.names_count),
        ("path rules", current.urls, parsed.urls_count),
    )
    for what, old, new in pairs:
        if old and abs(new - old) > MOST_CHANGE * old:
            change = f"{abs(new - old) / old:.0%} {'fewer' if new < old else 'more'} {what}"
            return f"{change} than the version in use ({old:,} → {new:,})"
    return ""


def _version(
    source: ListSource, address: str, found: FoundList, parsed: ParsedList
) -> tuple[ListVersion, bool]:
    """The held version of that content and True, or a new one; other held ones are passed over."""
    held = source.versions.filter(state=ListState.HELD)
    held.exclude(sha256=address).update(state=ListState.REPLACED)
    if waiting := held.first():
        return waiting, True
    version = ListVersion.objects.create(
        source=source,
        sha256=address,
        names=parsed.names_count,
        urls=parsed.urls_count,
        refused=dict(parsed.refused.counts),
        state=ListState.HELD,
        origin=", ".join(file.name for file in found.files)[:300],
    )
    return version, False


def _put_into_use(version: ListVersion) -> None:
    version.source.versions.filter(state=ListState.CURRENT).update(state=ListState.REPLACED)
    version.state, version.held_reason = ListState.CURRENT, ""
    version.save(update_fields=["state", "held_reason"])


def _leaf_of_import(version: ListVersion, actor: Actor) -> None:
    record(
        actor=actor,
        verb="filtering.list-imported",
        object=f"list:{version.source.key}",
        clause_texts=_cited(version.source.category),
        detail={
            "category": version.source.category.key,
            "sha256": version.sha256,
            "names": version.names,
            "urls": version.urls,
            "refused": version.refused,
            "state": version.state,
            "held_reason": version.held_reason,
            "origin": version.origin,
        },
    )


def _leaf_of_accepted(version: ListVersion, why: str, actor: Actor) -> None:
    record(
        actor=actor,
        verb="filtering.list-change-accepted",
        object=f"list:{version.source.key}",
        clause_texts=_cited(version.source.category),
        detail={"sha256": version.sha256, "change": why},
    )


def _review(categories: Iterable[Category], shelf: Shelf, actor: Actor) -> Review:
    result = review(categories, shelf)
    if result.held or result.released:
        record(
            actor=actor,
            verb="filtering.popular-names-reviewed",
            object="lists",
            detail={"held": result.held, "released": result.released},
        )
    return result


def _cited(category: Category) -> list[str]:
    """The version in force of the clause that the category stands on."""
    today = timezone.localdate()
    texts = ClauseText.objects.in_force(today).filter(clause=category.clause, lang="en")
    return [text.version for text in texts[:1]]
