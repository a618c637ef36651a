"""What a contract can do wrong, and what is lawful and worth a look."""
