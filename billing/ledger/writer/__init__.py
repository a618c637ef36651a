"""Entries as they are stored."""
