"""The way of a case: one table of moves, the gates before them, and what decisions rest on."""
