"""The whole map: every clause a tile, with its lights, its promise and its tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from hornbook.district.people.models import Site
from hornbook.district.policy.coverage.facts import Facts
from hornbook.district.policy.coverage.lights import Lit, State, Where, alike, light_of, lights_of
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.coverage.promises import Kept, Measured, measured
from hornbook.district.policy.models import ClauseText, Policy

EVERYWHERE = Where()


@dataclass(frozen=True)
class Tile:
    text: ClauseText
    lights: tuple[Lit, ...]
    promise: Measured | None

    @cached_property
    def address(self) -> str:
        """Of the clause's page; a map names it once for the tile and once for each task."""
        return reverse("clause-lights", args=[self.text.clause.key])

    @property
    def gaps(self) -> list[Lit]:
        return [lit for lit in self.lights if lit.is_task]

    @property
    def has_gap(self) -> bool:
        return bool(self.gaps) or self.is_unkept

    @property
    def is_unkept(self) -> bool:
        return self.promise is not None and self.promise.kept is not Kept.KEPT


@dataclass(frozen=True)
class Strip:
    """The tiles of one section of one policy."""

    policy: Policy
    section: str
    tiles: list[Tile]


@dataclass(frozen=True)
class Bar:
    """One light over all tiles: how many are lit, in part, dark and not needed."""

    light: Light
    lit: int
    part: int
    dark: int
    needless: int

    @property
    def needed(self) -> int:
        return self.lit + self.part + self.dark

    def widths(self) -> list[tuple[str, float, float]]:
        """(state, from, width) in percent of what is needed, for a server-made bar."""
        found, start = [], 0.0
        for state in ("lit", "part", "dark"):
            width = 100 * getattr(self, state) / self.needed if self.needed else 0.0
            found.append((state, round(start, 2), round(width, 2)))
            start += width
        return found


@dataclass(frozen=True)
class Duty:
    """A gap as somebody's task."""

    tile: Tile
    lit: Lit


def tiles_of(facts: Facts, where: Where = EVERYWHERE, policy: str = "") -> list[Tile]:
    """One tile a clause in force, in the order of the policies."""
    return [
        Tile(text, lights_of(text, facts, where), measured(text, facts))
        for text in _texts(facts, policy)
    ]


def _texts(facts: Facts, policy: str) -> list[ClauseText]:
    return [text for text in facts.texts if not policy or text.clause.policy.key == policy]


def strips(tiles: Sequence[Tile]) -> list[Strip]:
    found: list[Strip] = []
    for tile in tiles:
        policy, section = tile.text.clause.policy, tile.text.section
        if not found or (found[-1].policy, found[-1].section) != (policy, section):
            found.append(Strip(policy, section, []))
        found[-1].tiles.append(tile)
    return found


def bars(tiles: Sequence[Tile]) -> list[Bar]:
    return [
        _bar(light, Counter(tile.lights[place].state for tile in tiles))
        for place, light in enumerate(Light)
    ]


def _bar(light: Light, states: Mapping[State, int]) -> Bar:
    return Bar(
        light,
        states.get(State.LIT, 0),
        states.get(State.PART, 0),
        states.get(State.DARK, 0),
        states.get(State.NEEDLESS, 0),
    )


def promises(tiles: Sequence[Tile]) -> list[Tile]:
    return [tile for tile in tiles if tile.promise is not None]


def tasks(tiles: Sequence[Tile]) -> list[tuple[str, list[Duty]]]:
    """Owner → what waits for them, who has most first."""
    found: dict[str, list[Duty]] = {}
    for duty in _duties(tiles):
        found.setdefault(duty.lit.owner, []).append(duty)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _duties(tiles: Sequence[Tile]) -> Iterator[Duty]:
    for tile in tiles:
        for lit in tile.gaps:
            yield Duty(tile, lit)


Group = tuple[ClauseText, int]


def by_site(facts: Facts, sites: Sequence[Site], policy: str = "") -> list[tuple[Site, list[Bar]]]:
    """The bars of each site, for the grid."""
    groups = {light: _groups(light, _texts(facts, policy), facts) for light in Light}
    return [
        (site, [_at(light, found, facts, Where(site.pk)) for light, found in groups.items()])
        for site in sites
    ]


def _groups(light: Light, texts: Sequence[ClauseText], facts: Facts) -> list[Group]:
    """One clause of each kind that stands alike everywhere, and how many there are of it.

    A district has thirty sites and hundreds of clauses, but few kinds.
    """
    keys = {text.pk: alike(light, text, facts) for text in texts}
    one = {keys[text.pk]: text for text in texts}
    return [(one[key], n) for key, n in Counter(keys.values()).items()]


def _at(light: Light, groups: Sequence[Group], facts: Facts, where: Where) -> Bar:
    states: Counter[State] = Counter()
    for text, n in groups:
        states[light_of(light, text, facts, where).state] += n
    return _bar(light, states)
