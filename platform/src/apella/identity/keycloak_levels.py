"""Two levels of signing in at a Keycloak: a password, and for deeds of weight a one-time code beside it.

The realm's browser flow asks for the code when level 2 is asked for, and leads whoever has none yet to enter one. Every
step looks first and adds or mends one thing; what an administrator added to the flow stays where it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from keycloak import KeycloakAdmin

from apella.identity.oidc import SIGN_IN_AGE
from apella.identity.step_up import DEED_LOA, FRESH

FLOW = "apella"
# What a realm has before anybody chose a flow of their own.
UNCHOSEN = "browser"
ENTER_A_CODE = "CONFIGURE_TOTP"

# SHA-1 is what every application for codes can do; as an HMAC it is not weakened by its collisions. A code works once.
OTP_POLICY: Mapping[str, object] = {
    "otpPolicyType": "totp",
    "otpPolicyAlgorithm": "HmacSHA1",
    "otpPolicyDigits": 6,
    "otpPolicyPeriod": 30,
    "otpPolicyLookAheadWindow": 1,
    "otpPolicyCodeReusable": False,
}

_FORMS = "apella-forms"
_PASSWORD = "apella-level-1"  # noqa: S105 the name of a step
_CODE = "apella-level-2"
_CONDITION = "conditional-level-of-authentication"


class Write(Protocol):
    """Does one write and counts it; `what` is told to whoever runs the command."""

    def __call__(self, what: str, deed: Callable[[], Any], /) -> object: ...


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One line of the flow. `name` is an authenticator's, or the alias of a flow inside."""

    inside: str
    name: str
    requirement: str
    priority: int
    is_flow: bool = False
    config: Mapping[str, str] = field(default_factory=dict)


def _level(inside: str, *, level: int, lasts: int) -> _Step:
    config = {"loa-condition-level": str(level), "loa-max-age": str(lasts)}
    return _Step(inside=inside, name=_CONDITION, requirement="REQUIRED", priority=10, config=config)


_STEPS = (
    _Step(inside=FLOW, name="auth-cookie", requirement="ALTERNATIVE", priority=10),
    _Step(inside=FLOW, name=_FORMS, requirement="ALTERNATIVE", priority=20, is_flow=True),
    _Step(inside=_FORMS, name=_PASSWORD, requirement="CONDITIONAL", priority=10, is_flow=True),
    _level(_PASSWORD, level=1, lasts=int(SIGN_IN_AGE.total_seconds())),
    _Step(inside=_PASSWORD, name="auth-username-password-form", requirement="REQUIRED", priority=20),
    _Step(inside=_FORMS, name=_CODE, requirement="CONDITIONAL", priority=20, is_flow=True),
    _level(_CODE, level=DEED_LOA, lasts=int(FRESH.total_seconds())),
    _Step(inside=_CODE, name="auth-otp-form", requirement="REQUIRED", priority=20),
)


def provision_levels(admin: KeycloakAdmin, *, realm: str, write: Write) -> None:
    """Make the flow of two levels and bind it, unless the realm has a flow that somebody chose: that one stays."""
    found = admin.get_realm(realm)
    if found["browserFlow"] not in {UNCHOSEN, FLOW}:
        return
    if FLOW not in {flow["alias"] for flow in admin.get_authentication_flows()}:
        made = {
            "alias": FLOW,
            "description": "Пароль, а для важных действий ещё и одноразовый код",
            "providerId": "basic-flow",
            "topLevel": True,
            "builtIn": False,
        }
        write("порядок входа", lambda: admin.create_authentication_flow(made))
    lines = _Lines(admin)
    for step in _STEPS:
        _provision_step(admin, lines, step, write=write)
    action = next(one for one in admin.get_required_actions() if one["alias"] == ENTER_A_CODE)
    if not action["enabled"]:
        write(
            "привязка приложения с кодами",
            lambda: admin.update_required_action(ENTER_A_CODE, {**action, "enabled": True}),
        )
    levels = {"acr.loa.map": json.dumps({"1": 1, str(DEED_LOA): DEED_LOA}, separators=(",", ":"))}
    attributes = {**found.get("attributes", {}), **levels}
    if found["browserFlow"] != FLOW or found.get("attributes") != attributes:
        # Last, when the flow is whole: nobody signs in by half of it.
        write(
            "уровни входа",
            lambda: admin.update_realm(realm, {"browserFlow": FLOW, "attributes": attributes}),
        )


class _Lines:
    """The lines of the flow as they are, by the flow that they stand in; read anew after a write."""

    def __init__(self, admin: KeycloakAdmin) -> None:
        self._admin = admin
        self.forget()

    def forget(self) -> None:
        """Read them anew at the next question."""
        self._held: dict[tuple[str, str], dict[str, Any]] | None = None

    def find(self, step: _Step) -> dict[str, Any] | None:
        """The line of this step, None when there is none."""
        if self._held is None:
            self._held = self._read()
        return self._held.get((step.inside, step.name))

    def _read(self) -> dict[tuple[str, str], dict[str, Any]]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        inside = [FLOW]
        for line in self._admin.get_authentication_flow_executions(FLOW):
            del inside[line["level"] + 1 :]
            name = line["displayName"] if line.get("authenticationFlow") else line["providerId"]
            found[inside[-1], name] = line
            inside.append(name)
        return found


def _provision_step(admin: KeycloakAdmin, lines: _Lines, step: _Step, *, write: Write) -> None:
    line = lines.find(step)
    if line is None:
        write("", partial(_add, admin, step))
        lines.forget()
        line = lines.find(step) or {}
    wanted = {"requirement": step.requirement, "priority": step.priority}
    if {name: line[name] for name in wanted} != wanted:
        write("", partial(admin.update_authentication_flow_executions, {**line, **wanted}, FLOW))
    if not step.config:
        return
    config = {"alias": f"{step.inside}-condition", "config": dict(step.config)}
    known = line.get("authenticationConfig")
    if known is None:
        write("", partial(admin.create_execution_config, line["id"], config))
    elif admin.get_authenticator_config(known)["config"] != step.config:
        write("", partial(admin.update_authenticator_config, {"id": known, **config}, known))


def _add(admin: KeycloakAdmin, step: _Step) -> None:
    if step.is_flow:
        inner = {"alias": step.name, "type": "basic-flow", "provider": "basic-flow", "priority": step.priority}
        admin.create_authentication_flow_subflow(inner, step.inside)
    else:
        admin.create_authentication_flow_execution({"provider": step.name, "priority": step.priority}, step.inside)
