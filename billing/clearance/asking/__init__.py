"""Asking a state to clear: what is due, written as the state wants it, or held with its reason."""
