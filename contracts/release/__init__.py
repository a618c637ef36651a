"""Four eyes on what was agreed."""
