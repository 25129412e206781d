"""The notice page: what a person sees instead of a closed site, with the clause that closes it.

``python -m hornbook.node.notice --data DIR`` serves it. It reads the published parts and
nothing else, so it goes on when the console and the database are down.
"""
