"""What was agreed: money, contract terms and the arithmetic that each of them states."""
