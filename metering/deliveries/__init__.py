"""What a sender delivers, what changes by it, and what every delivery said."""
