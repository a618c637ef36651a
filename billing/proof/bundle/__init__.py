"""The proof of a document that travels: all that it was computed from, each step, and a verifier of its own."""
