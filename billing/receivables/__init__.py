"""What customers owe and have paid: sendings, payments, allocations, write-offs; accounts and their statements."""
