"""Estimates put down as due work."""
