"""Cards and mandates that customers saved at gateways."""
