"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from apella.errors import ApellaError
from apella.web.requests import app_of

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer as long as the process answers at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Answer 200 when the database does, else 503; `warnings` name what this instance goes on without."""
    try:
        with app_of().database.unit_of_work(None) as work:
            work.session.execute(select(sql.now()))
    except SQLAlchemyError:
        return jsonify(status="unavailable", missing=["database"]), 503
    warnings = _scanner_warnings()
    return jsonify(status="ok", **({"warnings": warnings} if warnings else {})), 200


def _scanner_warnings() -> list[str]:
    """What is to be said of the malware scanner; files wait for one that is away, appeals do not."""
    app = app_of()
    if not app.scanner.active:
        return [] if app.settings.embedded else ["scanner.off"]
    try:
        app.scanner.ping()
    except ApellaError as error:
        return [error.error_code]
    return []
