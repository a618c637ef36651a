"""What people and pages ask of orders to gateways."""
