"""What became of answers that were looked at: as counts, beside the rows of their requests."""
