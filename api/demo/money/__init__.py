"""A month that is billed, mailed and collected by the scheduler alone, over a Stripe of our own."""
