"""The coverage map: for every clause, is it taught, signed, enforced, watched and proved?"""
