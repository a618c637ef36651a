"""What a state says of our documents: which it is asked to clear, in which file, and what it answers."""
