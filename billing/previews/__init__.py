"""Contracts tried on past readings, and held against what was billed."""
