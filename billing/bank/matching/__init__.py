"""Which documents an entry of a bank pays: decided by rules, or left to a person; never guessed."""
