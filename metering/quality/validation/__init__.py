"""Checks of readings, and the findings that hold a bill."""
