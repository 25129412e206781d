"""Reports, cases and their due process: fair to whoever tells and to whoever is told about.

A **report** is what somebody tells, sealed; it needs no account. A **case** is what people do
about it, behind closed doors, for one subject. ``process/table.py`` is the whole way of a case
as one table; the gates that no role can skip are also held by the database.
"""
