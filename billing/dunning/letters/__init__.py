"""Letters about late documents, and the documents that claim for the delay."""
