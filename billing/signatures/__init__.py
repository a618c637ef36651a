"""Signatures of those outside who see one contract: of a version of it, or of a statement, as it was."""
