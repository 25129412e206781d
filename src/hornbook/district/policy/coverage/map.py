"""The whole map: every clause a tile, with its lights, its promise and its tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hornbook.district.people.models import Site
from hornbook.district.policy.coverage.facts import Facts
from hornbook.district.policy.coverage.lights import Lit, State, Where, lights_of
from hornbook.district.policy.coverage.models import Light
from hornbook.district.policy.coverage.promises import Kept, Measured, measured
from hornbook.district.policy.models import ClauseText, Policy

EVERYWHERE = Where()


@dataclass(frozen=True)
class Tile:
    text: ClauseText
    lights: tuple[Lit, ...]
    promise: Measured | None

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
    texts = [text for text in facts.texts if not policy or text.clause.policy.key == policy]
    return [Tile(text, lights_of(text, facts, where), measured(text, facts)) for text in texts]


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
        _bar(light, [tile.lights[place] for tile in tiles]) for place, light in enumerate(Light)
    ]


def _bar(light: Light, lights: Sequence[Lit]) -> Bar:
    counts = Counter(lit.state for lit in lights)
    return Bar(
        light,
        counts[State.LIT],
        counts[State.PART],
        counts[State.DARK],
        counts[State.NEEDLESS],
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


def by_site(facts: Facts, sites: Sequence[Site], policy: str = "") -> list[tuple[Site, list[Bar]]]:
    """The bars of each site, for the grid."""
    return [(site, bars(tiles_of(facts, Where(site.pk), policy))) for site in sites]
