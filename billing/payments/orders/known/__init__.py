"""Orders to gateways as they are read and listed."""
