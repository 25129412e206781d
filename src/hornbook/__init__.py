"""Hornbook runs a school district's responsible-use policy.

Five nouns carry everything else:

clause   one duty, right, promise or definition of the adopted policy, with a permanent key
         (``CRD-3``) and its exact wording per revision. The board makes it.
verdict  what the kernel answers for one request: allow, block, rewrite, inspect or warn,
         with the clause, the legal basis and who may override it.
segment  a sealed, hash-chained column file of verdicts: the activity record. A node makes it.
finding  what a detector saw in a message, a file, a picture or in activity, with the clause
         that it concerns; never a punishment. A scanner makes it.
case     what people do about a report or a finding: notice, answer, decision, consequence,
         appeal. People make it.

Around them stand the ledger (an append-only chain of every privileged act) and the people
of the roster. Cite or it does not happen: no block, exception or consequence exists without
a clause version in force at its date.
"""

__version__ = "0.1.0"
