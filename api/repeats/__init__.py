"""Requests that are sent again: what they do is done once, and they are answered as the first time."""
