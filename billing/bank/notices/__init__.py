"""What a customer is told before its account is debited (pre-notification)."""
