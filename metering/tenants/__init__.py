"""Who the database is divided among, and whether two people must see what one prepares."""
