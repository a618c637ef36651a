"""What is known of late documents, of rows: read for many at once."""
