"""Documents: one thing written for a reader. A new one is a file in this folder and its name in ``registry.py``."""
