"""Measurement and verification (IPMVP): what would have been used, what was, and how sure that is."""
