"""Deliveries of readings: how they change the log, their receipts, and their history."""
