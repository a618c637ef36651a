"""Accounts of payees at gateways."""
