"""What is due, made into documents: looked at, kept as it was looked at, issued as it was looked at."""
