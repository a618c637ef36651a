"""What runs underneath: PostgreSQL, its provisioning, connections, settings, the scheduler."""
