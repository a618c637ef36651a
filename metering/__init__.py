"""What was used: registers, readings, the log they stand in, and how use is counted from it."""
