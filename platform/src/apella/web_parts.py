"""Which parts the web process is made of."""

from __future__ import annotations

from flask import Flask

from apella.bootstrap import App
from apella.casework.resources import api as cases

API_BLUEPRINTS = (cases,)
PAGE_BLUEPRINTS = ()


def add_embedded(app: Flask, parts: App) -> None:
    """Add what only an embedded instance has: sign-in without passwords, the teaching clock, the outbox."""
