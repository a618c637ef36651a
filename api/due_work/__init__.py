"""What falls due, of every kind: looked for in one statement, done in its order, shown ahead, paused, run again."""
