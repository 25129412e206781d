"""Sockets around the kernel: each node serves alone, from the parts that it holds."""
