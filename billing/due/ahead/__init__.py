"""What will fall due, day by day, and what is expected to come of it: looked up, and nothing is written down."""
