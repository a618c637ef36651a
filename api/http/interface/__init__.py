"""What /openapi.json says: bodies, errors, examples and names, read from the routes and from what they take."""
