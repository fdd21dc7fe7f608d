"""Behaviour of the region `moscow` that no table can say."""
