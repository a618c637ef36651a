"""What is owed: due work, invoices, their proof and their correction."""
