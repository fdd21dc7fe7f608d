"""Composition, sittings, votes, decisions."""
