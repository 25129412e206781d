"""The activity record: columns, sealed segments with a chained manifest, and the lake."""
