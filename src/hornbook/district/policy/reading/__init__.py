"""From a file to a draft of clauses: pure functions, no Django, nothing stored.

``files.read_blocks`` turns a file into ordered **blocks** (title, heading, paragraph, list item).
``layout.lay_out`` tells leads, dates and sections apart and gives **units**.
``proposing`` cuts units into clauses by their operative verbs, ``table`` by a reviewed key table,
``matching`` by the wording of the revision before. ``draft.Draft`` is what all of them make, and
``draft.check_nothing_lost`` compares it with the original before anyone may store it.
"""
