"""What e-invoices are held to, offline: schemas and published rules out of packages, and rules of ours."""
