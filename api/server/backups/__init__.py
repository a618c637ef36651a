"""A whole database as one file, and back: dumped in one snapshot, roles included, compared table by table."""
