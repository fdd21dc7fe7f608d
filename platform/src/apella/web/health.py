"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from apella.web.requests import app_of

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer as long as the process answers at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Answer 200 when the database does, else 503."""
    try:
        with app_of().database.unit_of_work(None) as work:
            work.session.execute(select(sql.now()))
    except SQLAlchemyError:
        return jsonify(status="unavailable", missing=["database"]), 503
    return jsonify(status="ok"), 200
