"""Pages: telling and coming back (``report``), reading and deciding (the others)."""
