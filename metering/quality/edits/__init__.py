"""Edits of readings by hand: prepared by one person, released by another."""
