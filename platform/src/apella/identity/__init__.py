"""Who acts: sign-in, sessions, roles and permissions."""
