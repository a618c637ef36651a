"""Tax: what is supplied where, the law of that place as dated rows, and what a document owes of it."""
