"""Who asks, where an address alone does not say it."""
