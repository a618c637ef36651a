"""Missing readings estimated by schedule, on the day on which a contract allows it."""
