"""Faults of a contract's document, and warnings about lawful clauses that a person should look at."""
