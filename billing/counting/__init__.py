"""The uses that a charge asks for, counted."""
