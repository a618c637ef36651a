"""Documents leave the house: each way behind the port of billing/delivery/way.py, and what sends what is due."""
