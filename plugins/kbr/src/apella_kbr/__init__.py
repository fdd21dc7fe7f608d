"""Behaviour of the region `kbr` that no table can say."""
