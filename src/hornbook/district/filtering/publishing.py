"""Compile and put in force: from the district's tables to the three parts that nodes read.

Everything is compiled before anything is changed; an error leaves the last good parts in service.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hornbook.district.filtering.cataloguing import (
    BUILT_IN,
    all_sources,
    built_in,
    built_in_private,
    current_catalogue,
    served_catalogue,
)
from hornbook.district.filtering.compiler.lint import warnings
from hornbook.district.filtering.compiler.notice import notice_info
from hornbook.district.filtering.compiler.orders import read_orders
from hornbook.district.filtering.compiler.rulebook import compile_rulebook, slots_of
from hornbook.district.filtering.compiler.rules import CompileError, Ruleset, read_ruleset
from hornbook.district.filtering.compiler.seating import compile_seating
from hornbook.district.filtering.defaults import (
    ensure_defaults,
)
from hornbook.district.filtering.lists.store import current_sources
from hornbook.district.filtering.models import Category, CategoryKind, Profile, Publication
from hornbook.district.ledger.actions import Actor, record
from hornbook.district.people.identifiers import chrome_salts
from hornbook.district.records.recording import recording_in_force
from hornbook.instance import Instance
from hornbook.kernel.catalogue import Catalogue
from hornbook.kernel.catalogue_build import SourceNames
from hornbook.kernel.judge import Mismatch
from hornbook.kernel.names import BadName
from hornbook.kernel.parts import BadPart
from hornbook.node.partstore import Current, PartStore

_PUBLISH_LOCK = 0x626F6F6B  # any constant: "book"


class PublishError(CompileError):
    """Nothing was published and the parts in service stay; the message says why."""


@dataclass(frozen=True)
class Hashes:
    catalogue: str
    rulebook: str
    seating: str


def store_of(instance: Instance | None = None) -> PartStore:
    """The part store of the instance (this process's own by default)."""
    return PartStore((instance or settings.INSTANCE).parts)


@transaction.atomic
def publish(*, actor: Actor, keep_lists: bool = False) -> Publication:
    """Compile lists, rules and seats of today and put them in force together.

    The catalogue is built again only when its lists changed; with ``keep_lists`` the one in
    service stays even then (a rule's change must not bring in lists that somebody holds back).
    When nothing changed at all the publication in service is returned and nothing is written.
    Raises PublishError, or another InstanceError that names place and remedy; then the parts in
    service stay.
    """
    _one_at_a_time()
    if not Profile.objects.exists():
        ensure_defaults(actor=actor)
    ruleset = read_ruleset(timezone.localdate())
    store = store_of()
    try:
        served = served_catalogue(store)
        if served is None or not keep_lists:
            served = current_catalogue(store, served, actor=actor)
        hashes = _compile(store, ruleset, served)
        return _put_in_force(store, hashes, served, ruleset, actor=actor)
    except (BadPart, Mismatch, BadName, ValueError, OSError) as error:
        raise PublishError(f"Nothing was published: {error}") from error


@transaction.atomic
def publish_seating(*, actor: Actor) -> Publication | None:
    """Compile only who sits where and put it in force beside the lists and rules that are.

    That is for what must hold within a second: a token, an address, a device. Returns None
    where nothing was ever published, and the publication in service when no seat changed.
    Raises PublishError; then the parts in service stay.
    """
    _one_at_a_time()
    store, last = store_of(), Publication.objects.first()
    current = store.current()
    if last is None:
        return None
    if current is None:
        raise PublishError(f"{store.folder}/current.json cannot be read. Run “hornbook publish”.")
    try:
        seating = store.put(_compile_seats(list(Profile.objects.all()), timezone.localdate()))
        if seating == current.seating:
            return last
        return _reseat(store, current, seating, last, actor=actor)
    except (BadPart, Mismatch, ValueError, OSError) as error:
        raise PublishError(f"The seats were not published: {error}") from error


def _reseat(
    store: PartStore, current: Current, seating: str, last: Publication, *, actor: Actor
) -> Publication:
    """The row, the leaf, and last the one rename that nodes see."""
    publication = Publication.objects.create(
        catalogue=current.catalogue,
        rulebook=current.rulebook,
        seating=seating,
        names=last.names,
        warnings=last.warnings,
    )
    detail = {"seating": seating}
    record(actor=actor, verb="filtering.seated", object=f"publication:{publication}", detail=detail)
    store.reseat(seating)
    return publication


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISH_LOCK])


def draft_sources(names: Mapping[str, Collection[str]], drop: Collection[str]) -> list[SourceNames]:
    """The lists of today with ``names`` (category key → names) added and ``drop`` unlisted.

    For a rehearsal; nothing is stored. Raises PublishError for a category that is not there. The
    protected set cannot be dropped from.
    """
    gone = {name.encode() for name in drop}
    sources = [
        source
        if source.key == BUILT_IN or not gone
        else replace(source, text=_without(source, gone))
        for source in all_sources()
    ]
    kinds = dict(Category.objects.values_list("key", "kind"))
    for category, added in sorted(names.items()):
        if category not in kinds:
            raise PublishError(f"There is no category “{category}” to list names in.")
        kind: Any = kinds[category]
        sources.append(SourceNames.of(f"draft/{category}", category, kind, sorted(added)))
    return sources


def _without(source: SourceNames, names: set[bytes]) -> bytes:
    lines = source.text.split(b"\n")
    return b"\n".join(line for line in lines if line not in names)


def _told_publicly(instance: Instance) -> dict[str, list[str]]:
    """All names of the protected set, for a proxy that can ask nobody, and of what is private."""
    return {
        "protected": _all_names(instance, built_in(instance), CategoryKind.PROTECTED),
        "private": _all_names(instance, built_in_private(), CategoryKind.PRIVATE),
    }


def _all_names(instance: Instance, own: SourceNames, category: CategoryKind) -> list[str]:
    sources = [own, *current_sources(instance, category)]
    return sorted({name for source in sources for name in source.text.decode("ascii").split()})


def _compile(store: PartStore, ruleset: Ruleset, catalogue: Catalogue) -> Hashes:
    sets = [frozenset(catalogue.categories(number)) for number in range(catalogue.set_count)]
    rulebook = compile_rulebook(
        ruleset,
        sets=sets,
        catalogue_hash=catalogue.hash,
        time_zone=settings.TIME_ZONE,
        notice=notice_info(settings.INSTANCE) | _told_publicly(settings.INSTANCE),
    )
    seating = _compile_seats(ruleset.profiles, ruleset.on)
    return Hashes(catalogue.hash, store.put(rulebook), store.put(seating))


def _compile_seats(profiles: Sequence[Profile], on: date) -> bytes:
    instance: Instance = settings.INSTANCE
    own, salts = instance.settings(), chrome_salts(instance)
    return compile_seating(
        profiles,
        on=on,
        site=own.site,
        salts=salts,
        orders=read_orders(timezone.now()),
        zone=ZoneInfo(settings.TIME_ZONE),
        recording=recording_in_force(),
        realms=own.kerberos_realms,
    )


def _put_in_force(
    store: PartStore, hashes: Hashes, catalogue: Catalogue, ruleset: Ruleset, *, actor: Actor
) -> Publication:
    """The row, the leaf, and last the one rename that nodes see."""
    last = Publication.objects.first()
    served = store.current()
    if last and served and served.hashes == _hashes_of(last) == _as_tuple(hashes):
        return last
    publication = Publication.objects.create(
        catalogue=hashes.catalogue,
        rulebook=hashes.rulebook,
        seating=hashes.seating,
        names=len(catalogue),
        warnings=warnings(
            ruleset.topics,
            ruleset.rules,
            profiles=ruleset.profile_keys,
            slots=slots_of(ruleset),
            listed={source.category for source in catalogue.sources},
        ),
    )
    record(
        actor=actor,
        verb="filtering.published",
        object=f"publication:{publication}",
        clause_texts={rule.clause for rule in ruleset.rules if rule.enabled},
        detail={
            "catalogue": hashes.catalogue,
            "rulebook": hashes.rulebook,
            "seating": hashes.seating,
            "names": publication.names,
        },
    )
    store.publish(catalogue=hashes.catalogue, rulebook=hashes.rulebook, seating=hashes.seating)
    return publication


def _as_tuple(hashes: Hashes) -> tuple[str, str, str]:
    return hashes.catalogue, hashes.rulebook, hashes.seating


def _hashes_of(publication: Publication) -> tuple[str, str, str]:
    return publication.catalogue, publication.rulebook, publication.seating
