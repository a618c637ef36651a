"""Edits of readings, each prepared by one person and released by another."""
