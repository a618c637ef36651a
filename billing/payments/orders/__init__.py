"""What a gateway is asked for: on record before anybody is asked, and until it is known what came of it."""
