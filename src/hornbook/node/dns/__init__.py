"""The DNS node: questions in batches, answers that say which clause they follow.

``server.py`` opens the sockets on the rules, cache and record of ``office.py``. Packets go through
compiled code, ``turn`` (receiving and sending) around ``hot`` (reading, judging, pointing to an
answer of ``tails`` or ``shelf``), which ``quick`` furnishes; where there is none, one by one
through ``few``. What is left comes to ``loop``: odd packets, like those over TCP, go through
``wire`` and ``desk``, allowed names through ``cache`` and ``forward``. Every judged question goes
by ``block`` or ``journal`` and ``rows`` into the record. ``world`` is one set of parts.
"""
