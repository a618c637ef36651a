"""The archive: the exact bytes of each original, made once, never changed, and kept as long as the law says."""
