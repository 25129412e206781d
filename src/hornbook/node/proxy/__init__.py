"""The explicit proxy: HTTP in absolute form, and CONNECT.

Two processes. ``front`` runs Envoy (``node/envoy``) as ``config`` says. For each request Envoy
asks (``ask.lua``) what stands behind a Unix socket (``backend``): who asks and for what
(``asked``), what the kernel says of it (``clerk``, ``bypass``), which address it has, and what a
stopped person is shown (``notice``). The answer says where Envoy may go: an address, not a name.
"""
