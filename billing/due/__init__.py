"""What falls due, claimed once, held with its reason."""
