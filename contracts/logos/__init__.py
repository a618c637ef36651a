"""Logos: checked as they come in, and kept for ever, because issued documents name them."""
