"""Pauses: what holds due work back, of a kind, of a contract, or all of it."""
