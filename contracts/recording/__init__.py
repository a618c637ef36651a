"""Versions of contracts checked and recorded, one or many at once."""
