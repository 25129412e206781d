"""Envoy is needed here as for DoH."""

from tests.node.doh.conftest import needs_envoy

__all__ = ["needs_envoy"]
