"""The bulk writes behind ``people.actions``, which alone calls this package.

People are matched by sourcedId, else by e-mail where somebody came in by a staff CSV before.
Nobody is ever deleted: who is gone becomes inactive, and roles and enrolments get an end.
"""
