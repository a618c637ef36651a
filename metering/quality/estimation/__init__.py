"""Gaps, and how they are filled."""
