"""Money that a gateway gives back: prepared by one person, released by another."""
