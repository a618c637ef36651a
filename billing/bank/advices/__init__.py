"""What payers say their payments are for."""
