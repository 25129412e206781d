"""Duties: what people sign, learn and confirm, who is asked for it, and what they did.

A *duty* says who must do what because of which clause. A *campaign* asks everybody whom the duty
means, for one adopted revision; each person asked has an *assignment*. A *signature* is the
evidence: who agreed to which sentence about exactly which bytes, how they had signed in, and the
leaf of the ledger that holds it. *Shown* keeps those bytes.
"""
