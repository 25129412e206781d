"""Two wordings side by side: which words went and came, and whether the duty got stronger. Pure."""
