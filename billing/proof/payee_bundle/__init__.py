"""The proof of a payee's document: what it may see of the lines that it shares, and how its share comes about."""
