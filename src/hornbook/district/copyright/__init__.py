"""Copyright notices from outside: 17 U.S.C. 512 (c) and (g), with their elements and clocks.

Nothing here disciplines anybody. The repeat counter is a number that a person reads.
"""
