"""Fits, goodness and uncertainty: floats, behind a wall."""
