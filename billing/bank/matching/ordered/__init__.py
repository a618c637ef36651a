"""Entries that are what a bank was asked for, as a person says."""
