"""What contracts spend is looked at by schedule, and what customers are told of it by mail."""
