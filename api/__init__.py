"""How the world reaches us: settings, the database's door, HTTP and the command line."""
