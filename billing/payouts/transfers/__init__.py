"""Payouts by a gateway: what its orders need to know, and how payouts follow them."""
