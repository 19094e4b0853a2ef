"""People who sign in: roles, passwords, throttling."""
