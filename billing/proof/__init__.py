"""A line opened down to its readings, and every invoice computed again."""
