"""Usage events, as the clients of OpenMeter and Lago post them, and the readings that they become."""
