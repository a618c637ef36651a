"""Money is collected: orders asked of gateways, what they tell handled, and their accounts read."""
