"""Prices that follow an index: its series and values, and how a clause follows them."""
