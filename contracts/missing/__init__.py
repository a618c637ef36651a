"""What documents of a form would lack: told months before one is due, and again before one gets a number."""
