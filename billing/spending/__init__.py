"""What is spent and used of a contract so far: alerts, caps, and what follows from them by the terms."""
