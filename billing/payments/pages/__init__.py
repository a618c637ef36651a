"""Pages of ours under which a customer pays a document, or saves what later ones are charged by."""
