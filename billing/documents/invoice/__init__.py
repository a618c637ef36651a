"""Invoices and their like for a reader: what their page and their PDF say, from the one document model alone."""
