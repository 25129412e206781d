"""What a consequence of the conduct room needs outside of it: a letter, other systems, money.

The conduct room decides and keeps its gates; here nothing is decided about anybody. A letter
says what was decided and how to appeal; accounts in other systems are closed by SCIM and opened
again at the end; a charge is a claim that its subject may contest, and never a deduction.
"""
