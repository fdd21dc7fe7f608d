"""New tenants and new seasons."""
