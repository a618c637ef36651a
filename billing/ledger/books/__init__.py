"""The books of legal entities."""
