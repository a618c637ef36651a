"""Files for banks: orders are put into one, a person takes it, or cancels it."""
