"""Credit notes by hand: lines of issued documents given back, prepared by one and released by another."""
