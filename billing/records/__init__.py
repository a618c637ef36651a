"""Stored records: what billing keeps as JSON, with its types, its schema number, and the upgrade of old ones."""
