"""How a document leaves the house: what is sent, by which way, what came of it, and what was answered."""
