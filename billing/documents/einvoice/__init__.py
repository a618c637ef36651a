"""E-invoices: a document in the syntaxes of EN 16931, held to the rules of its profile before it may be sent."""
