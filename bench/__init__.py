"""Benchmarks. Run one with ``hornbook bench NAME``."""
