"""What is noted, posted."""
