"""Dunning by schedule: what is due to be looked at, of all tenants."""
