"""A Stripe of our own over loopback: it keeps what is charged, tells of it, and fails where it is told to."""
