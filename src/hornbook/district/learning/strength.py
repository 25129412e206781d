"""How somebody had signed in: it says how surely a signature is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from hornbook.district.learning.models import Signature


def auth_strength(request: HttpRequest) -> Signature.Strength:
    return strength_of(get_authentication_records(request, request.user))


def strength_of(records: Sequence[Mapping[str, Any]]) -> Signature.Strength:
    """From allauth's records of this session: which methods, in which order."""
    methods = {record.get("method") for record in records}
    second = [record for record in records if record.get("method") == "mfa"]
    if any(record.get("passwordless") for record in second):
        return Signature.Strength.PASSKEY
    if second and methods - {"mfa"}:
        return Signature.Strength.SECOND_STEP
    if "socialaccount" in methods:
        return Signature.Strength.SIGN_ON
    return Signature.Strength.PASSWORD if "password" in methods else Signature.Strength.UNKNOWN
