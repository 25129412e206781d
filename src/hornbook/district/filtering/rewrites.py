"""Hosts that are answered as another one: SafeSearch and the restricted modes of YouTube.

The facts are data (``data/safesearch.toml``), one table for each category of kind ``rewrite``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from hornbook.kernel.catalogue_build import SourceNames

BUILT_IN = "built-in"


@cache
def rewrite_tables() -> dict[str, dict[str, str]]:
    """For each category, host → the name or address that it is answered as."""
    path = resources.files("hornbook.district.filtering") / "data" / "safesearch.toml"
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        category: {host: target for target, hosts in table.items() for host in sorted(hosts)}
        for category, table in told.items()
    }


def rewrite_sources() -> list[SourceNames]:
    """The hosts as lists of the catalogue, one a category."""
    return [
        SourceNames.of(f"{BUILT_IN}/{category}", category, "rewrite", sorted(hosts))
        for category, hosts in rewrite_tables().items()
    ]
