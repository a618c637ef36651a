"""What is claimed before it is supplied beside the charges of a contract: prepaid credit, and use on account."""
