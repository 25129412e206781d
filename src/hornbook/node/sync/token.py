"""The token by which the console knows this node: kept in ``secrets/``, for this account only."""

from __future__ import annotations

import os
import re

from hornbook.instance import Instance, InstanceError

NAME = "node.token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")


def checked(text: str) -> str:
    """The token in ``text``. Raises InstanceError for something that can be none."""
    if not _TOKEN.fullmatch(text.strip()):
        raise InstanceError(
            "That is no node's token. Make one on the console with “hornbook node add NAME”."
        )
    return text.strip()


def read_token(instance: Instance) -> str:
    """The token that was saved, "" when there is none."""
    path = instance.root / "secrets" / NAME
    return path.read_text() if path.exists() else ""


def save_token(instance: Instance, token: str) -> None:
    """Keep a token in place of the one before."""
    if token == read_token(instance):
        return
    path = instance.folder("secrets", 0o700) / NAME
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
