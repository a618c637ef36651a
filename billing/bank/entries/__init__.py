"""Entries of banks as they are kept, and what became of each."""
