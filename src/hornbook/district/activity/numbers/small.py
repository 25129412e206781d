"""Small cells: a number so small that it could point at a person is not shown exactly."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import intcomma

LEAST = 10  # questions; the usual floor of US education statistics (NCES 2011-603)


def shown(number: int, least: int = LEAST) -> str:
    """The number, or “under 10”. Nothing at all is no person, so 0 stays 0."""
    return f"under {least}" if 0 < number < least else str(intcomma(number))


def rounded(numbers: dict[str, int], least: int = LEAST) -> dict[str, str]:
    """The parts of a sum that is shown beside them: when one is hidden, so is the next smallest.

    Otherwise the hidden one could be worked out from the sum.
    """
    words = {key: shown(number, least) for key, number in numbers.items()}
    hidden = [key for key, number in numbers.items() if 0 < number < least]
    if len(hidden) == 1:
        others = {key: n for key, n in numbers.items() if n >= least}
        if others:
            words[min(others, key=lambda key: (others[key], key))] = "not shown"
    return words
