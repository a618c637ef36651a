"""Savings statements: prepared, submitted, agreed or disputed."""
