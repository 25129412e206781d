"""Dashboards: what the record says about the district and each school, in sums."""
