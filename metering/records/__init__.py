"""Documents that this room stores as JSON: each has a type, a number of its schema, and a golden file per schema."""
