"""HTTP: the application, its routes, and how a refusal is answered."""
