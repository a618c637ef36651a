"""Invoices: lines, totals, numbers, and their store."""
