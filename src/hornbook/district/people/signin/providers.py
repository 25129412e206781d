"""Directories that may say who somebody is (OpenID Connect Core 1.0), from ``sign-in.toml``.

No Django here: the settings read it. The file holds client secrets and is closed to others.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hornbook.instance import Instance, InstanceError

FILE = "sign-in.toml"
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Provider:
    """One directory. ``domain`` is the only one whose addresses it may vouch for.

    ``vouches``: it does not send ``email_verified`` (Entra ID), but its addresses are the
    district's own. ``second_step``: it asks for one itself, and ours is not needed.
    """

    key: str
    name: str
    issuer: str
    client_id: str
    secret: str
    domain: str
    vouches: bool = False
    second_step: bool = False

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def path_of(instance: Instance) -> Path:
    return instance.folder("secrets", 0o700) / FILE


def read_providers(instance: Instance) -> list[Provider]:
    """Those of the file; none where there is no file. Raises InstanceError naming the place."""
    path = path_of(instance)
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstanceError(f"{path}: {error}. Mend it, or remove it.") from error
    return [check(key, facts, path) for key, facts in found.items()]


def check(key: str, facts: Any, place: object = "it") -> Provider:
    """A provider from its table. Raises InstanceError for what cannot be right."""

    def refuse(why: str) -> InstanceError:
        return InstanceError(f"{place}, [{key}]: {why}")

    if not _KEY.fullmatch(key) or not isinstance(facts, Mapping):
        raise refuse("name it with small letters, digits and hyphens, as a table")
    try:
        found = Provider(key=key, **facts)
    except TypeError as error:
        raise refuse(f"{error}".replace("Provider.__init__() ", "")) from error
    parts = urlsplit(found.issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise refuse("“issuer” must be an https address")
    if not all((found.name, found.client_id, found.secret)) or "." not in found.domain:
        raise refuse("“name”, “client_id”, “secret” and “domain” (school.example) are needed")
    return found


def write_providers(instance: Instance, providers: list[Provider]) -> None:
    """Replace the file, closed to others."""
    tables = []
    for provider in providers:
        facts = {name: value for name, value in vars(provider).items() if name != "key"}
        lines = [f"{name} = {json.dumps(value)}" for name, value in facts.items()]
        tables.append("\n".join([f"[{provider.key}]", *lines]))
    path = path_of(instance)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("\n\n".join(tables) + "\n", "utf-8")
    fresh.replace(path)


def as_settings(providers: list[Provider]) -> dict[str, Any]:
    """allauth's ``SOCIALACCOUNT_PROVIDERS``."""
    apps = [
        {
            "provider_id": provider.key,
            "name": provider.name,
            "client_id": provider.client_id,
            "secret": provider.secret,
            "settings": {
                "server_url": provider.issuer,
                "domain": provider.domain.lower(),
                "vouches": provider.vouches,
                "second_step": provider.second_step,
            },
        }
        for provider in providers
    ]
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": apps}}
