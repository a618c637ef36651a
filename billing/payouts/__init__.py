"""Payouts: what payees are paid of what they are owed, when, by what, and what becomes of it."""
