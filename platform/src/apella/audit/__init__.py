"""What happened, by whom: an append-only hash chain of each tenant."""
