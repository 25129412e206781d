"""Read rosters: OneRoster 1.1 and 1.2 CSV, and a plain CSV of staff and volunteers.

Nothing here knows the database. ``reading.read_roster`` turns a path into a ``Roster`` or a
``Staff`` (what the file says, plus every row that was refused and why), and
``people.actions.apply_roster`` writes it.
"""
