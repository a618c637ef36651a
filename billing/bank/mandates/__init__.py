"""Mandates of customers for SEPA direct debits."""
