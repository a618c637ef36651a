"""The example fleet, its three months of readings, and the story that ``usufruct demo`` tells with them."""
