"""Refused requests in the log of security: who was refused what, where, and when one account is refused too often."""

from __future__ import annotations

import hashlib
import logging
import uuid
from typing import Final

from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apella import errors
from apella.identity.actors import Admitted
from apella.identity.address_counts import count_request
from apella.identity.step_up import StepUpRequired
from apella.logs import request_id_from
from apella.regions.rules import RegionRules
from apella.web.requests import app_of

log = logging.getLogger("apella.security")

MANY: Final = 30
"""So many refusals of one account within ten minutes (machine time) are worth waking somebody."""
HEADER: Final = "X-Request-ID"


def init_app(app: Flask) -> None:
    """Give every answer the id by which its request is found in the log."""
    app.after_request(_name)


def request_id() -> str:
    """The id of this request: the proxy's where one stands before us, else our own.

    Nobody else's is taken over: it could be anything that fits, a telephone too.
    """
    if "request_id" not in g:
        behind_proxy = app_of().settings.trusted_proxies
        g.request_id = request_id_from(request.headers.get(HEADER) if behind_proxy else None)
    return str(g.request_id)


def note_refusal(error: errors.ApellaError, status: int) -> None:
    """Write down that this request was refused, if it was: not allowed to, or told that there is no such thing.

    Ids and codes only. A sign-in that is merely not fresh enough is written down and not counted.
    """
    if not isinstance(error, errors.Forbidden | errors.NotFound):
        return
    who = _who()
    rules = _rules()
    told = {
        **{name: one for name, one in who.items() if one is not None},
        "code": error.error_code,
        "status": status,
        "method": request.method,
        "request_id": request_id(),
    }
    if request.url_rule is not None:
        told["route"] = request.url_rule.rule
    if rules is not None:
        told["tenant"] = rules.slug
    log.info("refused", extra=told)
    if rules is None or isinstance(error, StepUpRequired):
        return
    somebody = next((one for one in who.values() if one is not None), None)
    if somebody is not None and (count := _count(somebody, rules)) and count % MANY == 0:
        log.warning("many refusals", extra={**told, "code": "security.refusals", "count": count})


def _who() -> dict[str, uuid.UUID | None]:
    """Whose request it is, as far as it came; a program has no account of its own to sign in by."""
    found: Admitted | None = g.get("admitted")
    return {"account_id": g.get("account_id"), "person_id": None if found is None else found.actor.person_id}


def _rules() -> RegionRules | None:
    slug = (request.view_args or {}).get("tenant")
    return next((rules for rules in app_of().regions if rules.slug == slug), None)


def _count(somebody: uuid.UUID, rules: RegionRules) -> int:
    """Count the refusal at this tenant; give how many there were within ten minutes, or 0 without the database."""
    index = hashlib.sha256(f"refused {somebody}".encode()).digest()[:16]
    try:
        with app_of().database.unit_of_work(rules.tenant.tenant_id) as work:
            return count_request(work.session, index, machine_now=work.machine_now)
    except (DBAPIError, PoolTimeout) as error:
        log.warning("refusals are not counted", extra={"error": type(error).__name__})
        return 0


def _name(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response
