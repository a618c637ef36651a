"""A state's answers: each recorded once, with the file it came in."""
