"""Refused requests in the log of security: who was refused what, where, and when that happens too often.

A sign-in that failed stands there too (`sign_in.refused`): with its code, and whose it was where that is known.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import uuid
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apella import errors
from apella.identity.actors import Admitted
from apella.identity.address_counts import count_request, prefix_of
from apella.identity.api_tokens import TokenRefused
from apella.identity.step_up import StepUpRequired
from apella.logs import request_id_from
from apella.regions.rules import RegionRules
from apella.web.requests import app_of

log = logging.getLogger("apella.security")

MANY: Final = 30
"""So many refusals of one account, or of sign-ins from one network, within ten minutes (machine time) wake somebody."""
HEADER: Final = "X-Request-ID"

_INDEX_BYTES: Final = 16
_NOT_TRIED: Final = frozenset(
    {
        "sign_in.document_and_phone",
        "sign_in.no_season",
        "sign_in.proof",
        "sign_in.scheme",
        "sign_in.surname_and_application",
    }
)
"""Codes of the doors of sign-in by which nothing was tried yet: another door, empty fields, a proof to be brought."""


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


def note_refusal(error: errors.ApellaError, status: int, *, tenant: str | None = None) -> None:
    """Write down that this request was refused, if it was: not allowed to, not signed in, told that nothing is there.

    Ids and codes only. A sign-in that is merely not fresh enough is written down and not counted. `tenant` is named
    where the address does not.
    """
    if _is_sign_in(error, status):
        note_refused_sign_in(error.error_code, status, whose=error.whose, tenant=tenant)
        return
    if not isinstance(error, errors.Forbidden | errors.NotFound):
        return
    who = {name: one for name, one in _who().items() if one is not None}
    rules = _rules(tenant)
    told = {**who, **_told(error.error_code, status, rules)}
    log.info("refused", extra=told)
    if rules is None or isinstance(error, StepUpRequired):
        return
    if (somebody := next(iter(who.values()), None)) is not None and (count := _many([_index(somebody)], rules)):
        log.warning("many refusals", extra={**told, "code": "security.refusals", "count": count})


def note_refused_sign_in(code: str, status: int, *, whose: Mapping[str, uuid.UUID], tenant: str | None = None) -> None:
    """Write down that a sign-in of a person or a program failed; nothing of what was typed.

    Counted by whom it was for and by the network that it came from: thirty from one network are worth waking somebody
    though each was for somebody else.
    """
    rules = _rules(tenant)
    told = {**whose, **_told(code, status, rules)}
    log.info("sign_in.refused", extra=told)
    if rules is None:
        return
    indexes = [_network_index(), *(_index(one) for one in whose.values())]
    if count := _many(indexes, rules):
        log.warning("many refused sign-ins", extra={**told, "code": "security.sign_ins", "count": count})


def _is_sign_in(error: errors.ApellaError, status: int) -> bool:
    tried = error.error_code.startswith("sign_in.") and error.error_code not in _NOT_TRIED
    return status < 500 and (tried or isinstance(error, TokenRefused))


def _told(code: str, status: int, rules: RegionRules | None) -> dict[str, Any]:
    told: dict[str, Any] = {"code": code, "status": status, "method": request.method, "request_id": request_id()}
    if request.url_rule is not None:
        told["route"] = request.url_rule.rule
    if rules is not None:
        told["tenant"] = rules.slug
    return told


def _who() -> dict[str, uuid.UUID | None]:
    """Whose request it is, as far as it came; a program has no account of its own to sign in by."""
    found: Admitted | None = g.get("admitted")
    return {"account_id": g.get("account_id"), "person_id": None if found is None else found.actor.person_id}


def _rules(tenant: str | None) -> RegionRules | None:
    slug = (request.view_args or {}).get("tenant", tenant)
    return next((rules for rules in app_of().regions if rules.slug == slug), None)


def _index(somebody: uuid.UUID) -> bytes:
    return hashlib.sha256(f"refused {somebody}".encode()).digest()[:_INDEX_BYTES]


def _network_index() -> bytes:
    """What the caller's network is counted by; the address itself stands nowhere."""
    secret = app_of().master.derive("refused sign-ins")
    return hmac.digest(secret, prefix_of(request.remote_addr or "").encode(), "sha256")[:_INDEX_BYTES]


def _many(indexes: list[bytes], rules: RegionRules) -> int:
    """Count the refusal at this tenant; give the count that has just become many, or 0, also without the database."""
    try:
        with app_of().database.unit_of_work(rules.tenant.tenant_id) as work:
            counts = [count_request(work.session, index, machine_now=work.machine_now) for index in sorted(indexes)]
            return next((count for count in counts if count % MANY == 0), 0)
    except (DBAPIError, PoolTimeout) as error:
        log.warning("refusals are not counted", extra={"error": type(error).__name__})
        return 0


def _name(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response
