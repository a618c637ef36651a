"""Estimates for missing readings."""
