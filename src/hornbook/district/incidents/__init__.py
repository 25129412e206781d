"""“I think I gave away my password”, and what the law asks when personal information may be out.

Two things that happen after an accident, not after a wrong: nobody is accused here. A case is
another room's.
"""
