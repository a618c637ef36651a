"""What banks say and are told: statements read, matched with what is open."""
