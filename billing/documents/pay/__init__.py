"""The page under which a customer pays a document, or saves a method: no script, one button."""
