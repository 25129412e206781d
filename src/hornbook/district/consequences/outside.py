"""Other systems that keep accounts, as SCIM 2.0 (RFC 7644) services, from ``outside.toml``.

The file lies beside the other secrets and is closed to others::

    [lms]
    name = "The learning platform"
    url = "https://lms.example/scim/v2"
    token = "…"
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from hornbook.instance import Instance, InstanceError

FILE = "outside.toml"
WAIT = (5.0, 15.0)  # seconds: to connect, to answer
MOST = 1_000_000  # octets of an answer
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
_LOCAL = {"127.0.0.1", "localhost", "::1"}
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class OutsideFailed(Exception):
    """The other system did not do it; the message says what it said. Trying again is safe."""


@dataclass(frozen=True)
class System:
    key: str
    name: str
    url: str
    token: str


@dataclass(frozen=True)
class Account:
    id: str
    active: bool


def read_systems(instance: Instance) -> dict[str, System]:
    """Those of the file; none where there is no file. Raises InstanceError naming the place."""
    path = instance.folder("secrets", 0o700) / FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstanceError(f"{path}: {error}. Mend it, or remove it.") from error
    return {key: _system(key, facts, str(path)) for key, facts in found.items()}


def _system(key: str, facts: Any, place: str) -> System:
    if not _KEY.fullmatch(key) or not isinstance(facts, Mapping):
        raise InstanceError(f"{place}, [{key}]: name it with small letters, digits and hyphens.")
    try:
        found = System(key=key, **facts)
    except TypeError as error:
        raise InstanceError(f"{place}, [{key}]: “name”, “url” and “token” are needed.") from error
    parts = urlsplit(found.url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise InstanceError(f"{place}, [{key}]: “url” must be an https address.")
    return found


class Line:
    """One system's accounts: find one by its user name, switch it off and on."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no .netrc of this machine
        self._session.headers = {
            "Authorization": f"Bearer {system.token}",
            "Accept": "application/scim+json",
            "Content-Type": "application/scim+json",
        }

    def find(self, user_name: str) -> Account | None:
        """The one account of that name; None where there is none. Raises OutsideFailed."""
        safe = user_name.replace("\\", "\\\\").replace('"', '\\"')
        told = self._ask("GET", "/Users", params={"filter": f'userName eq "{safe}"', "count": "2"})
        rows = told.get("Resources") or []
        if len(rows) > 1:
            raise OutsideFailed(f"{self._system.name} has several accounts named {user_name}.")
        return _account(rows[0]) if rows else None

    def set_active(self, account: str, active: bool) -> None:
        """Raises OutsideFailed unless it is so afterwards."""
        body = {
            "schemas": [_PATCH],
            "Operations": [{"op": "replace", "path": "active", "value": active}],
        }
        path = f"/Users/{quote(account, safe='')}"
        told = self._ask("PATCH", path, json=body)
        told = told or self._ask("GET", path)  # 204: nothing was told
        if _account(told).active is not active:
            raise OutsideFailed(f"{self._system.name} said yes, but the account did not change.")

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        url = self._system.url.rstrip("/") + path
        try:
            reply = self._session.request(
                method, url, timeout=WAIT, allow_redirects=False, stream=True, **more
            )
            with reply:
                body = reply.raw.read(MOST, decode_content=True)
                return self._read(reply, body)
        except (requests.RequestException, OSError) as error:
            raise OutsideFailed(f"{self._system.name}: {type(error).__name__}.") from error

    def _read(self, reply: requests.Response, body: bytes) -> dict[str, Any]:
        if reply.status_code == 204:
            return {}
        if reply.status_code != 200:
            raise OutsideFailed(f"{self._system.name} answered {reply.status_code}.")
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise OutsideFailed(f"{self._system.name} answered with no JSON.") from error
        if not isinstance(told, dict):
            raise OutsideFailed(f"{self._system.name} answered with something else than SCIM.")
        return told


def _account(told: Mapping[str, Any]) -> Account:
    """Without ``active`` an account counts as on (RFC 7643 4.1.1 leaves it to the server)."""
    if not isinstance(told, Mapping) or not told.get("id"):
        raise OutsideFailed("The answer names no account.")
    active = told.get("active", True)
    return Account(str(told["id"]), str(active).lower() != "false")
