"""A period counted, and rated into lines."""
