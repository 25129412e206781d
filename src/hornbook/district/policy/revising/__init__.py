"""Revising a policy: drafts, what they change and touch, and how two people put them in force."""
