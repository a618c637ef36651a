"""Pauses and deferrals: nothing follows for a while."""
