"""DNS over HTTPS (RFC 8484) and over TLS (RFC 7858), judged as all other questions are.

Two processes. ``front`` runs Envoy (``node/envoy``) as ``config`` says; it ends TLS and is the
only one that strangers talk to.
``__main__`` is what stands behind it on two Unix sockets: HTTP/2 from Envoy's one connection
(``h2``, ``hpack``, ``request``) and DNS streams with a PROXY header (``dot``, ``proxy``).
What arrives in one turn of the loop is judged as one batch: plain requests by compiled code
(``quick``, ``frames``), all others by the ``clerk``.
"""
