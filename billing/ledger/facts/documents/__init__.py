"""Documents to customers as facts to post."""
