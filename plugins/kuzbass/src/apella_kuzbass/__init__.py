"""Behaviour of the region `kuzbass` that no table can say."""
