"""Who did what: entries beside the work, sealed into a chain that shows what was changed."""
