"""Use as it is asked for: sums, peaks, means and durations, by day, band and dimension."""
