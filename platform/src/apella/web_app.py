"""The web process: API, console, portal, and in embedded mode the sign-in, the clock and the outbox."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from apella.bootstrap import App, make_app
from apella.logs import configure
from apella.storage.local import LocalObjectStore
from apella.storage.resources import files_blueprint
from apella.web import errors, health, layout, pages, refusals, security
from apella.web.api import make_api
from apella.web.requests import EXTENSION, TransactionalFlask, session_id
from apella.web_parts import API_BLUEPRINTS, PAGE_BLUEPRINTS, add_embedded

MAX_REQUEST = 64 * 1024 * 1024


def create_app(parts: App) -> Flask:
    """Make the application of these parts."""
    app = TransactionalFlask("apella.web", static_folder="static", static_url_path="/static")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST
    app.extensions[EXTENSION] = parts
    if count := parts.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way to wrap an application
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    secure = not parts.settings.embedded
    security.init_app(
        app,
        security.Guard(
            secret=parts.master.derive("csrf"),
            session_id=session_id,
            policy=security.content_security_policy(
                file_origins=parts.file_origins, form_origins=parts.sign_in_origins
            ),
            secure=secure,
        ),
    )
    errors.init_app(app)
    refusals.init_app(app)
    layout.init_app(app)
    api = make_api(app)
    for blueprint in API_BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(pages.blueprint)
    for page in PAGE_BLUEPRINTS:
        app.register_blueprint(page)
    if isinstance(parts.store, LocalObjectStore):
        app.register_blueprint(files_blueprint(parts.store, machine_now=_machine_now(parts)))
    if parts.settings.embedded:
        add_embedded(app, parts)
    return app


def create_wsgi() -> Flask:
    """What gunicorn calls: the application as the environment says."""
    configure(sys.stderr)
    return create_app(make_app())


def _machine_now(parts: App) -> Callable[[], datetime]:
    def now() -> datetime:
        with parts.database.unit_of_work(None) as work:
            return work.machine_now

    return now
