"""What a node does not load: it starts again in a moment, and there may be many on one machine."""

import subprocess
import sys

import pytest

NODES = ("dns", "doh", "proxy", "content")


@pytest.mark.parametrize("node", NODES)
def test_a_node_loads_no_pandas(node: str) -> None:
    """pyarrow brings it with the first array that is made before ``serve`` can say no."""
    asks = f"import sys, hornbook.node.{node}.__main__; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
