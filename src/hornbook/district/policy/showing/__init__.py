"""The policy as everybody reads it: one day, one language, plain words beside official ones."""
