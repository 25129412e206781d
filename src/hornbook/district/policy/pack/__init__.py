"""Proof packs: what shows that a clause or a CIPA year was lived, checkable by anybody, offline."""
