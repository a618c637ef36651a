"""Charges that a customer disputes: held apart, accepted or declined, settled."""
