"""Basic types of all rooms: exact numbers, units, money, days and instants, documents, and the root of all errors."""
