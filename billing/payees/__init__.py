"""Payees: who has which part of what was billed, what they are owed, and the documents between them."""
