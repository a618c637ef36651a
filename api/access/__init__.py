"""Who may call: keys, roles, logins."""
