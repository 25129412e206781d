"""Category lists: read, guard, keep and hand to the compiler.

From a file to the catalogue: ``survey`` finds what a path holds and which category each list
feeds, ``reading`` opens a file, ``formats`` takes names and path rules out of its lines,
``guards`` says why a name is refused, ``shelf`` keeps the names in the data folder. These know
nothing of Django, so that the benchmark runs them alone. ``popularity``, ``actions`` and
``store`` are the district's side: rows, held names, ledger leaves, and the sources that the
compiler is given.
"""
