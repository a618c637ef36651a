"""What gateways tell: kept once, and believed only once the thing is fetched."""
