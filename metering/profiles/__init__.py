"""Profiles: what is said about the files of a source, kept by name so that it is said once."""
