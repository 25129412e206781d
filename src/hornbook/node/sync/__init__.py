"""A node away from the console's machine pulls its parts: by hash, verified, all three or none.

``sources`` and ``web`` say where from, ``follower`` keeps one part store in step, ``service`` does
it again and again and tells how it goes.
"""
