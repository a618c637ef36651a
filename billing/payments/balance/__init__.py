"""What moved our balance at gateways: payments, fees, chargebacks, and what was paid out to our bank."""
