"""What happens is told outside: notifications, the webhooks that get them, and how each is sent."""
