"""Migrations: forward only, shipped in the wheel."""
