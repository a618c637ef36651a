"""Dunning: which step of a document is due on which day, what it claims for the delay, and the letters that say so."""
