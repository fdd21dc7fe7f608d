"""Apella on one machine: its own PostgreSQL, Redis, web, relay and worker, run by one supervisor."""
