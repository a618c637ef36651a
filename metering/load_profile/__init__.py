"""The load profiles of many registers: sums by cell where every step was read, and step by step where one was not."""
