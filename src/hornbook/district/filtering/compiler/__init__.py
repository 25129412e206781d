"""From rules, lists and people to the three parts that nodes are given. Pure but for ``rulebook``,
``seating`` and ``rules``, which read the district's tables.
"""
