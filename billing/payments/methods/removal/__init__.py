"""Ended methods that a gateway is to forget."""
