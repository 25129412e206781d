"""Rehearsal: what a draft of rules or lists would have done in a window of recorded activity."""
