"""The API of sign-ins: the own ones, and their end."""

from __future__ import annotations

from typing import Any

from apella.identity.own_sessions import live_sessions
from apella.identity.permissions import require
from apella.sign_ins import service
from apella.sign_ins.schemas import EndedSignInsSchema, EndMemberSignInsSchema, EndSignInSchema, SignInSchema
from apella.web.api import blueprint
from apella.web.requests import desk, own_session, require_fresh

api = blueprint("sign_ins_api", __name__, "Sign-ins: where somebody is signed in, and how it is ended")


@api.route("/sessions")
@api.response(200, SignInSchema(many=True))
def show(tenant: str) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """The own live sign-ins, the one used last first; nothing is kept about devices."""
    at, present = desk(), own_session()
    return [
        {
            "id": row.id,
            "began_at": row.created_at,
            "last_seen_at": row.last_seen_at,
            "expires_at": row.expires_at,
            "level": row.loa,
            "present": row.id == present.id,
        }
        for row in live_sessions(at.session, account_id=present.account_id, machine_now=at.machine_now)
    ]


@api.route("/sessions/end", methods=["POST"])
@api.arguments(EndSignInSchema)
@api.response(200, EndedSignInsSchema)
def end(body: dict[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """End one of the own sign-ins, or all but the present one; needs a fresh sign-in."""
    at, present = desk(), own_session()
    require_fresh()
    return {"ended": service.end_own(at, present, session_id=body.get("session"), others=body["others"])}


@api.route("/sessions/of-members/end", methods=["POST"])
@api.arguments(EndMemberSignInsSchema)
@api.response(200, EndedSignInsSchema)
def end_of_member(body: dict[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """End every sign-in of somebody in this tenant, at once; needs a fresh sign-in."""
    at = desk()
    require(at.actor, "end_sessions")
    require_fresh()
    return {"ended": service.end_of_member(at, login=body["login"])}
