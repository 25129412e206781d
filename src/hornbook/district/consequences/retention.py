"""What of this room keeps a case, and what ends with it (``conduct.retention``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hornbook.district.conduct.erasing import Rows
from hornbook.district.conduct.models import Case
from hornbook.district.consequences.models import (
    Charge,
    ChargeState,
    Letter,
    Suspension,
)

_ASKED = (ChargeState.OPEN, ChargeState.CONTESTED, ChargeState.UPHELD)
_OFF = (Suspension.State.WAITING, Suspension.State.SUSPENDED)


def unfinished(cases: Collection[int]) -> Iterable[tuple[int, str]]:
    """Charges that are still asked for, and accounts elsewhere that are still off."""
    of_case = "consequence__decision__case"
    asked = Charge.objects.filter(state__in=_ASKED, consequence__decision__case__in=cases)
    off = Suspension.objects.filter(state__in=_OFF, consequence__decision__case__in=cases)
    for pk in asked.values_list(of_case, flat=True):
        yield pk, "a charge that is not settled"
    for pk in off.values_list(of_case, flat=True):
        yield pk, "an account elsewhere that is still off"


def go_with_case(case: Case) -> list[Rows]:
    """Charges are accounts: they stay, and only forget from which case they came."""
    Charge.objects.filter(consequence__decision__case=case).update(consequence=None)
    return [
        model.objects.filter(consequence__decision__case=case) for model in (Letter, Suspension)
    ]
