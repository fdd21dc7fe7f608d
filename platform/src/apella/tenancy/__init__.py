"""Tenants: their numbers, files and seasons."""
