"""Apella: one platform for exam appeals of every region."""
