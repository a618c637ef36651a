"""A site's rows out of stored readings: what it asks of its registers, and what the answers make of each row."""
