"""Ways around the filter as a signal: what lies behind, before anybody speaks of discipline."""
