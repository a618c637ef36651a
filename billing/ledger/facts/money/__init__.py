"""Money that came and went, as facts to post."""
