"""Applications by the names that they use; facts, not opinions (``data/apps.toml``)."""

from __future__ import annotations

from hornbook.district.filtering.defaults import read_data


def known_titles() -> list[str]:
    """The applications that we know, in alphabetical order."""
    return sorted((told["title"] for told in read_data("apps").values()), key=str.casefold)


def known_names(title: str) -> list[str]:
    """The sites of an application that we know; none for any other."""
    wanted = title.strip().casefold()
    found = (told for told in read_data("apps").values() if told["title"].casefold() == wanted)
    return list(next(found, {"names": []})["names"])
