"""What was agreed: contracts, and the arithmetic of their terms."""
