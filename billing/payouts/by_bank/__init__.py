"""Payouts by our bank."""
