"""Machine code is made anew when anything that it was made of has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hornbook
from hornbook.kernel import compiled

pytestmark = pytest.mark.skipif(not compiled.available(), reason="numba is not here")

ASK = """
import numpy as np
from hornbook.node.dns.reading import question
packet = bytes.fromhex("0000 0100 0001 0000 0000 0001 0161 00 0001 0001 00 0029 1000 00000000 0000")
octets = np.zeros(64, np.uint8)
octets[: len(packet)] = np.frombuffer(packet, np.uint8)
print(question(octets, octets.view(np.uint64), 0, len(packet), np.empty(128, np.int64)).limit)
"""


def test_a_number_in_another_file_is_not_kept(tmp_path: Path) -> None:
    here = Path(hornbook.__file__).parent
    shutil.copytree(here, tmp_path / "hornbook", ignore=shutil.ignore_patterns("__pycache__"))
    wire = tmp_path / "hornbook" / "node" / "dns" / "wire.py"
    assert ask(tmp_path) == "1232"
    wire.write_text(wire.read_text().replace("LARGEST_UDP = 1232", "LARGEST_UDP = 1000"))
    assert ask(tmp_path) == "1000"


def ask(folder: Path) -> str:
    """How much a client takes, as the copy in that folder says."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "kept")}
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
