"""Ratings as rows: what was rated when, from what, and which document settles it."""
