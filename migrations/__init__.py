"""The database's own history, one revision a file under ``versions/``."""
