"""What all count in: exact numbers, units, money, days and instants, documents, and the root of every refusal."""
