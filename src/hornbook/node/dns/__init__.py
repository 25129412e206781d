"""The DNS node: questions in batches, answers that say which clause they follow.

``server.py`` opens the sockets on the rules, cache and record of ``office.py``. A batch of
packets goes ``port`` (sockets) → ``columns`` (reading) → ``loop`` (judging and answering with
``tails``) → ``port``. Odd packets and TCP go through ``wire`` and ``desk``; allowed names
through ``cache`` and ``forward``; every judged question through ``journal`` and ``rows`` into
the record. ``world`` is one set of parts.
"""
