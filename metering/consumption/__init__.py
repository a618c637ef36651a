"""How much was used between two instants: of intervals, counters, levels and states."""
