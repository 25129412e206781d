"""A district of fifty profiles over real lists, as the oracle and as the compiler see it."""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hornbook.district.filtering.compiler.resolve import RuleLine, Topic
from hornbook.district.filtering.compiler.rulebook import compile_rulebook
from hornbook.district.filtering.compiler.rules import Ruleset
from hornbook.district.filtering.compiler.windows import Window
from hornbook.district.filtering.rewrites import rewrite_sources, rewrite_tables
from hornbook.kernel import catalogue, seating
from hornbook.kernel.catalogue import Kind
from hornbook.kernel.catalogue_build import SourceNames, build_catalogue
from hornbook.kernel.names import BadName, normalise
from hornbook.kernel.parts import encode_part, open_part
from hornbook.kernel.seating import build_seating
from hornbook.node.partstore import Current, PartStore
from tests.reference.oracle import ALLOW, DAY, PROTECTED, REWRITE, TOPIC, Oracle, Rule

PROFILES = tuple(f"profile-{n:02}" for n in range(50))
LISTS = {
    "adult": ("v2fly/category-porn.txt.gz", "adult/chadmayfield_porn_top1m_2019-12-02.txt.gz"),
    "gambling": ("ut1/gambling.domains.gz", "shadowwhisperer/Gambling.domains.gz"),
    "games": ("ut1/games.domains.gz", "v2fly/category-games.txt.gz"),
    "dating": ("ut1/dating.domains.gz", "shadowwhisperer/Dating.domains.gz"),
    "vpn": ("ut1/vpn.domains.gz", "ut1/doh.domains.gz"),
    "shopping": ("ut1/shopping.domains.gz",),
    "social": ("ut1/social_networks.domains.gz", "sinfonietta/social-hosts_2026-04-23.domains.gz"),
    "malware": ("ut1/malware.domains.gz", "shadowwhisperer/Malware.domains.gz"),
    "media": ("v2fly/category-entertainment.txt.gz", "ut1/audio-video.domains.gz"),
}
TOP = "top/cloudflare_top100k_20260810.txt.gz"
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}")


def read(path: Path) -> list[str]:
    """The domain names of one gz list, in order, without what a list writes around them."""
    with gzip.open(path, "rt", errors="replace") as lines:
        words = (re.sub(r"^(domain|full):", "", line.strip().split("\t")[0]) for line in lines)
        return sorted({word for word in words if _NAME.fullmatch(word) and len(word) < 200})


@dataclass
class Lists:
    """``sources``: (key, category, kind, names) as they are imported; ``top``: popular names."""

    sources: list[tuple[str, str, Kind, list[str]]]
    top: list[str]

    @classmethod
    def real(cls, folder: Path, most: int) -> Lists:
        """At most ``most`` names a list; plus names allowed and protected beneath and above."""
        rng = random.Random(3)
        sources: list[tuple[str, str, Kind, list[str]]] = []
        for category, files in LISTS.items():
            for file in files:
                names = read(folder / file)
                chosen = sorted(rng.sample(names, min(most, len(names))))
                sources.append((file, category, "topic", chosen))
        listed = [name for source in sources for name in source[3]]
        below = [f"{rng.choice(('ok', 'a.b', 'www'))}.{name}" for name in rng.sample(listed, 400)]
        above = [name.partition(".")[2] for name in rng.sample(listed, 400)]
        above = [name for name in above if "." in name]
        sources.append(("local/allow", "allow", "allow", sorted({*below[:300], *above[:100]})))
        sources.append(
            ("local/help", "help", "protected", sorted(set(below[280:] + above[100:120])))
        )
        sources.append(("local/private", "private", "private", sorted({*below[:200], *above[:50]})))
        deeper = [f"x.{name}" for name in below[:200]]
        sources.append(("local/games", "games", "topic", sorted(deeper)))
        return cls([s for s in sources if s[3]], read(folder / TOP))

    def kinds(self) -> dict[str, str]:
        found = {category: str(kind) for _, category, kind, _ in self.sources}
        return found | dict.fromkeys(rewrite_tables(), REWRITE)

    def by_name(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        pairs = [(names, category) for _, category, _, names in self.sources]
        pairs += [(list(hosts), category) for category, hosts in rewrite_tables().items()]
        for names, category in pairs:
            for name in names:
                found.setdefault(name, set()).add(category)
        return found

    def sample(self, count: int, seed: int = 4) -> list[str]:
        """Listed names, names below and above them, popular names, SafeSearch hosts; distinct."""
        rng = random.Random(seed)
        listed = [name for source in self.sources for name in source[3]]
        hosts = [host for table in rewrite_tables().values() for host in table]
        local = [
            name for key, _, _, names in self.sources if key.startswith("local/") for name in names
        ]
        found: dict[str, None] = dict.fromkeys([*hosts, *local])
        while len(found) < count:
            name = rng.choice(listed)
            kind = rng.random()
            if kind < 0.25:
                name = f"{rng.choice(('www', 'a.b.c', 'm', 'x', 'x.ok', 'cdn-7'))}.{name}"
            elif kind < 0.3:
                name = name.partition(".")[2]
            elif kind < 0.35:
                name = f"x{name}"
            elif kind < 0.65:
                name = rng.choice(self.top)
            elif kind < 0.68:
                name = f"www.{rng.choice(hosts)}"
            if "." in name:
                found[name] = None
        return [name for name in list(found)[:count] if _is_name(name)]


def _is_name(name: str) -> bool:
    try:
        return normalise(name) == name
    except BadName:
        return False


def rules(categories: Iterable[str], seed: int = 5) -> list[Rule]:
    """Forty rules of every shape: locked, timed, for some, for all, switched off, rewriting."""
    rng = random.Random(seed)
    topics = sorted(categories)
    found = [
        Rule("locked-adult", 1, "block", frozenset({"adult"}), locked=True),
        Rule("allow-list", 2, "allow", frozenset({"allow"})),
        Rule("staff-allow", 3, "allow", frozenset({"allow", "shopping"}), _some(rng), locked=True),
    ]
    for n, category in enumerate(sorted(rewrite_tables())):
        found.append(Rule(f"safe-{n}", 90 + n, "rewrite", frozenset({category}), _some(rng)))
    for n in range(34):
        found.append(
            Rule(
                f"rule-{n}",
                order=10 + rng.randrange(1000) * 40 + n,
                action=rng.choice(("block", "block", "block", "allow", "warn")),
                categories=frozenset(rng.sample(topics, rng.randint(1, 3))),
                profiles=_some(rng),
                windows=_windows(rng),
                locked=rng.random() < 0.1,
                enabled=rng.random() < 0.9,
                answer=rng.choice(("notice", "nxdomain")),
            )
        )
    found.append(Rule("night", 99_999, "block", windows=((frozenset(range(7)), 23 * 60, 5 * 60),)))
    return found


def _some(rng: random.Random) -> frozenset[str]:
    return frozenset(rng.sample(PROFILES, rng.choice((0, 5, 20, 45))))


def _windows(rng: random.Random) -> tuple[tuple[frozenset[int], int, int], ...]:
    if rng.random() < 0.5:
        return ()
    begin = rng.randrange(0, DAY, 30)
    end = (begin + rng.randrange(60, 20 * 60, 30)) % DAY
    return ((frozenset(rng.sample(range(7), rng.randint(2, 7))), begin, end),)


@dataclass
class District:
    """The same lists and rules, once for the oracle and once compiled."""

    lists: Lists
    rules: list[Rule]

    def oracle(self) -> Oracle:
        return Oracle(self.lists.by_name(), self.lists.kinds(), self.rules)

    def publish(self, store: PartStore, time_zone: str, seats: list[Any]) -> Current:
        """Compile and put in force, as the console does, for that time zone."""
        sources = [SourceNames.of(key, cat, kind, n) for key, cat, kind, n in self.lists.sources]
        body = encode_part(catalogue.KIND, *build_catalogue([*sources, *rewrite_sources()], seed=9))
        listed = store.put(body)
        found = catalogue.Catalogue(open_part(store.path(listed), catalogue.KIND))
        sets = [frozenset(found.categories(number)) for number in range(found.set_count)]
        rulebook = compile_rulebook(
            self.ruleset(), sets=sets, catalogue_hash=listed, time_zone=time_zone, notice={}
        )
        body = encode_part(seating.KIND, *build_seating(seats, default_profile=PROFILES[0]))
        return store.publish(
            catalogue=listed, rulebook=store.put(rulebook), seating=store.put(body)
        )

    def ruleset(self) -> Ruleset:
        """The rules as the compiler reads them; each stands on a clause of its own."""
        kinds = self.lists.kinds()
        lines = [_line(rule) for rule in self.rules]
        topics = [Topic(key, key, kind, "HELP-1@1") for key, kind in sorted(kinds.items())]
        profiles = [SimpleNamespace(key=key, name=key, audience={}) for key in PROFILES]
        revision = SimpleNamespace(effective_on=date(2026, 8, 1))
        texts = {
            version: SimpleNamespace(
                official="Words.", plain="", section="", revision=revision, version=version
            )
            for version in {"HELP-1@1", *(line.clause for line in lines)}
        }
        return Ruleset(
            date(2026, 11, 25),
            tuple(topics),
            tuple(lines),
            cast(Any, tuple(profiles)),
            cast(Any, texts),
        )


def _line(rule: Rule) -> RuleLine:
    return RuleLine(
        key=rule.key,
        name=rule.key,
        action=rule.action,
        basis="local",
        clause=f"{rule.key.upper()}@1",
        categories=rule.categories,
        profiles=rule.profiles,
        windows=tuple(Window(days, begin, end) for days, begin, end in rule.windows),
        locked=rule.locked,
        enabled=rule.enabled,
        order=rule.order,
        answer=rule.answer,
    )


__all__ = ["ALLOW", "PROFILES", "PROTECTED", "TOPIC", "District", "Lists", "rules"]
