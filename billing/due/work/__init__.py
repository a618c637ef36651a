"""Due work without a row of its own, and what is tried again: claimed once, put off, dead with its reason."""
