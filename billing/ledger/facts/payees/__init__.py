"""What payees are owed and paid, as facts to post."""
