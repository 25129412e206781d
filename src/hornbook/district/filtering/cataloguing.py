"""The catalogue part: the one in service, a small change to it, or a new one.

A local entry, a decision about a held name or a list with a few new names becomes a change, in
a moment; what is bigger is compiled anew. Which it was does not show in any answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from hornbook.district.filtering.compiler.notice import console_address
from hornbook.district.filtering.compiler.orders import ESSENTIAL
from hornbook.district.filtering.defaults import (
    ensure_category,
    essential_names,
    private_names,
    protected_names,
)
from hornbook.district.filtering.lists.store import Recipe, current_recipes
from hornbook.district.filtering.models import CategoryKind
from hornbook.district.filtering.rewrites import rewrite_sources
from hornbook.district.ledger.actions import Actor
from hornbook.instance import Instance, write_atomically
from hornbook.kernel.catalogue import KIND, Catalogue
from hornbook.kernel.catalogue_build import SourceNames, build_with_workbook
from hornbook.kernel.catalogue_change import KIND as WORKBOOK
from hornbook.kernel.catalogue_change import Workbook, change_catalogue
from hornbook.kernel.names import BadName, normalise
from hornbook.kernel.parts import BadPart, encode_part, open_part, part_hash
from hornbook.node.partstore import PartStore

BUILT_IN = "built-in/protected"


def served_catalogue(store: PartStore) -> Catalogue | None:
    """The one in service; None where there is none, or it is damaged and must be built again."""
    current = store.current()
    if current is None:
        return None
    try:
        return store.catalogue(current.catalogue)
    except BadPart:
        return None


def current_catalogue(store: PartStore, served: Catalogue | None, *, actor: Actor) -> Catalogue:
    """The one in service while its inputs are the same; else a change or a new one, stored."""
    ensure_category(CategoryKind.PROTECTED, actor=actor)
    ensure_category(ESSENTIAL, actor=actor)
    ensure_category(CategoryKind.PRIVATE, actor=actor)
    instance: Instance = settings.INSTANCE
    recipes = _recipes(instance)
    inputs = {recipe.source.key: recipe.inputs for recipe in recipes}
    if served is not None and served.meta.get("inputs") == inputs:
        return served
    base = served if served is None or served.base is None else served.base
    changed = None if base is None else _change(instance, base, recipes, inputs)
    if changed is not None:
        return store.catalogue(store.put(changed))
    return _build(instance, store, recipes, inputs)


def all_sources() -> list[SourceNames]:
    """The lists of today, read."""
    return [recipe.load() for recipe in _recipes(settings.INSTANCE)]


def _recipes(instance: Instance) -> list[Recipe]:
    small = [
        built_in(instance),
        SourceNames.of("built-in/essential", ESSENTIAL, "allow", sorted(essential_names())),
        built_in_private(),
        *rewrite_sources(),
    ]
    return [*(Recipe.of(names) for names in small), *current_recipes(instance)]


def built_in(instance: Instance) -> SourceNames:
    """The protected set that every district has, and the console, where records are asked for."""
    names = set(protected_names())
    with suppress(BadName):  # an address needs no protection: the DNS is not asked for it
        names.add(normalise(urlsplit(console_address(instance)).hostname or ""))
    return SourceNames.of(BUILT_IN, CategoryKind.PROTECTED, "protected", sorted(names))


def built_in_private() -> SourceNames:
    """What every district never looks into."""
    return SourceNames.of(
        "built-in/private", CategoryKind.PRIVATE, "private", sorted(private_names())
    )


def _change(
    instance: Instance, base: Catalogue, recipes: Sequence[Recipe], inputs: Mapping[str, str]
) -> bytes | None:
    """The octets of a change to ``base``, None where a full build is needed."""
    before = base.meta.get("inputs")
    book = _workbook(instance, base)
    if not isinstance(before, dict) or book is None:
        return None
    changed: dict[str, SourceNames | None] = {key: None for key in before if key not in inputs}
    for recipe in recipes:
        if before.get(recipe.source.key) != recipe.inputs:
            changed[recipe.source.key] = recipe.load()
    made = change_catalogue(base, book, changed)
    if made is None:
        return None
    return encode_part(KIND, {**made[0], "inputs": dict(inputs)}, made[1])


def _build(
    instance: Instance,
    store: PartStore,
    recipes: Sequence[Recipe],
    inputs: Mapping[str, str],
) -> Catalogue:
    sources = [recipe.load() for recipe in recipes]
    meta, arrays, notes = build_with_workbook(sources, seed=_seed(instance))
    body = encode_part(KIND, {**meta, "inputs": dict(inputs)}, arrays)
    write_atomically(_book_path(instance, part_hash(body)), encode_part(WORKBOOK, {}, notes))
    return store.catalogue(store.put(body))


def _workbook(instance: Instance, base: Catalogue) -> Workbook | None:
    """What the builder knew of this base; None where it is gone or damaged."""
    path = _book_path(instance, base.hash)
    try:
        found = Workbook(open_part(path, WORKBOOK, part_hash(path.read_bytes())))
    except (BadPart, OSError, KeyError):
        return None
    return found if len(found.own) == len(base) else None


def _book_path(instance: Instance, catalogue: str) -> Path:
    """One file for each base that is still a part; those of others are removed."""
    folder = instance.folder("lists")
    for path in folder.glob("*.workbook"):
        if path.stem != catalogue and not (instance.parts / f"{path.stem}.part").exists():
            path.unlink(missing_ok=True)
    return folder / f"{catalogue}.workbook"


def _seed(instance: Instance) -> int:
    """The instance's secret seed for fingerprints, 64 bits."""
    secret = hashlib.sha256(instance.secret("catalogue.seed").encode()).digest()
    return int.from_bytes(secret[:8], "big")
