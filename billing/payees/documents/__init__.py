"""Documents between the supplier and its payees, issued with the customer's documents that they come of."""
