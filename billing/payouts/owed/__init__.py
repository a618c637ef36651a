"""What payees are owed, by their documents and what customers have settled."""
