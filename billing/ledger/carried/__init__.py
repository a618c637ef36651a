"""What stands in the books in another currency."""
