"""What changed after an invoice, and the lines that settle the difference."""
