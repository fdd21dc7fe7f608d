"""The matrix role × route × situation: reading it, and asking the application about one cell (trial T7.1).

The lines are those of a file `endpoints.toml`, which explains itself. A verdict is what an answer comes down to for
somebody who wants in: it is compared with what the line says, never with a text.
"""

from __future__ import annotations

import enum
import json
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Map
from werkzeug.test import TestResponse

from apella.bootstrap import App
from apella.casework.offers import VERBS
from apella.identity.actor import Actor
from apella.identity.model import Membership, SignInSession
from apella.identity.permissions import table
from apella.identity.repository import openable_tenants
from apella.identity.roles import Role
from apella.identity.sessions import COOKIE, create_session, forms_id
from apella.identity.step_up import FRESH
from apella.testing.sizes import PROOF
from apella.web.security import HEADER, csrf_token

SELF_SERVICE: Final = frozenset({Role.PARTICIPANT, Role.PARENT, Role.PROXY})
LIMITED: Final = (
    Role.PARTICIPANT, Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK, Role.EXAM_COMMISSION_MEMBER,
    Role.EXPERT,
)  # fmt: skip
"""Who has only some cases of the season within reach."""
SOME: Final = (Role.PARTICIPANT, Role.SECRETARY, Role.CHAIR, Role.PLATFORM_ADMIN)
API: Final = "/api/v1/<tenant>/"
VERB: Final = f"POST {API}appeals/<uuid:case_id>/"


class Situation(enum.StrEnum):
    """In which situation somebody asks."""

    OWN = "own tenant"
    OTHER = "other tenant"
    NOBODY = "no login"
    EXPIRED = "expired session"
    LOW = "low assurance"
    OLD = "sign-in long ago"
    BEYOND = "another's case"
    REVOKED = "token that was ended"
    DISABLED = "disabled program"


class Verdict(enum.StrEnum):
    """What an answer comes down to."""

    PASSED = "passed"
    REFUSED = "refused (403)"
    NOTHING = "nothing there (404)"
    SIGN_IN = "sign in first"
    STEP_UP = "sign in anew"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A line of the matrix; `public` is None for an address that needs a session."""

    method: str
    rule: str
    may: frozenset[Role]
    public: frozenset[int] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    query_of: Mapping[Role, Mapping[str, str]] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    body_of: Mapping[Role, Mapping[str, Any]] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    ids_of: Mapping[Role, Mapping[str, str]] = field(default_factory=dict)
    passes: frozenset[int] | None = None
    led: frozenset[Role] = frozenset()
    fresh: bool = False
    person: bool = False
    ends: bool = False
    verbs: bool = False
    action: str | None = None

    @property
    def key(self) -> str:
        """The line's name: method and address."""
        return f"{self.method} {self.rule}"

    @property
    def title(self) -> str:
        """The name with the verb that it was spread to."""
        return self.key if self.action is None else f"{self.key} [{self.action}]"

    @property
    def is_api(self) -> bool:
        """Whether programs ask it: they are told 401, where people are led to the sign-in."""
        return self.rule.startswith("/api/")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One answer that is not what the line says."""

    route: str
    situation: Situation
    role: Role | None
    wanted: str
    status: int
    got: Verdict


def read_matrix(file: Path) -> dict[str, Route]:
    """Read every line. Raises ValueError for a role, group or key that there is not."""
    raw = tomllib.loads(file.read_text("utf-8"))
    groups: dict[str, list[str]] = raw.pop("groups")
    return {key: _route(key, line, groups) for key, line in raw.items()}


def _route(key: str, line: dict[str, Any], groups: Mapping[str, list[str]]) -> Route:
    method, _, rule = key.partition(" ")
    unknown = line.keys() - {
        "may", "passes", "led", "public", "query", "query_of", "body", "body_of", "form", "ids_of", "fresh", "person",
        "ends", "verbs",
    }  # fmt: skip
    if unknown or ("public" in line) + ("may" in line) + ("verbs" in line) != 1:
        raise ValueError(f"{key}: give one of may, public, verbs; not known: {sorted(unknown)}")
    given = {
        **line,
        "may": frozenset(_roles(line.get("may", []), groups)),
        "led": frozenset(_roles(line.get("led", []), groups)),
        "public": frozenset(line["public"]) if "public" in line else None,
        "passes": frozenset(line["passes"]) if "passes" in line else None,
    }
    for name in ("query_of", "body_of", "ids_of"):
        given[name] = {Role(role): changed for role, changed in line.get(name, {}).items()}
    return Route(method=method, rule=rule, **given)


def _roles(names: list[str], groups: Mapping[str, list[str]]) -> Iterator[Role]:
    for name in names:
        if name in groups:
            yield from _roles(groups[name], groups)
        else:
            yield Role(name)


def keys_of(url_map: Map) -> set[str]:
    """The lines that the application's addresses need."""
    return {
        f"{method} {rule.rule}"
        for rule in url_map.iter_rules()
        for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
    }


def spread(route: Route, matrix: Mapping[str, Route], *, state: str, situation: Situation) -> Iterator[Route]:
    """The line itself, or one for each verb; a page asks for a fresh sign-in only where the verb's state is `state`.

    In `make test` one verb stands for all where the answer is given before the verb is looked at.
    """
    if not route.verbs:
        yield route
        return
    closed = situation in {Situation.OTHER, Situation.NOBODY, Situation.EXPIRED}
    for verb in list(VERBS.values())[: 1 if closed and not PROOF else None]:
        of_api = matrix[VERB + verb.path]
        due = route.method == "POST" or any(state in states for states in table()[verb.action].values())
        yield replace(route, action=verb.path, may=of_api.may - SELF_SERVICE, fresh=of_api.fresh and due)


# --- Asking -----------------------------------------------------------------------------------------------------------


class Gate:
    """The people of one tenant, each with a session of every kind, and the ids that addresses name."""

    def __init__(self, app: App, web: Flask, actors: Mapping[Role, Actor], ids: Mapping[str, str]) -> None:
        self._app = app
        self._web = web
        self.actors = actors
        self.ids = ids
        self._tokens: dict[tuple[Role, Situation], str] = {}
        self._adapter = web.url_map.bind("localhost")
        self._rules = {
            f"{method} {rule.rule}": rule for rule in web.url_map.iter_rules() for method in rule.methods or ()
        }
        self.asked = 0

    def mismatches(self, route: Route, situation: Situation, *, ids: Mapping[str, str]) -> list[Cell]:
        """Ask one line in one situation as everybody, with these ids; give what is not as the line says."""
        found = []
        for role in self.asking(route, situation):
            answer = self.ask(route, situation, role, ids)
            self.asked += 1
            got = verdict(answer)
            wanted = self.expected(route, situation, role)
            if not _is_right(route, role, answer, wanted):
                found.append(
                    Cell(
                        route=route.title,
                        situation=situation,
                        role=role,
                        wanted=str(sorted(route.public or wanted)),
                        status=answer.status_code,
                        got=got,
                    )
                )
        return found

    def asking(self, route: Route, situation: Situation) -> Sequence[Role | None]:
        """Who asks one line in one situation."""
        return asked_as(route, situation)

    def expected(self, route: Route, situation: Situation, role: Role | None) -> frozenset[Verdict]:
        """What somebody is to be answered."""
        return expected(route, situation, role)

    def ask(self, route: Route, situation: Situation, role: Role | None, ids: Mapping[str, str]) -> TestResponse:
        """Ask one line in one situation as one person, with these ids."""
        client = self._web.test_client()
        headers = {}
        if role is not None:
            ids = {**ids, **{name: ids[other] for name, other in route.ids_of.get(role, {}).items()}}
            headers = self._sign_in(client, role, situation, anew=route.ends)
        sent: dict[str, Any] = {}
        if route.body is not None:
            changed = {} if role is None else route.body_of.get(role, {})
            sent["json"] = _filled({**route.body, **changed}, ids)
            headers["Idempotency-Key"] = str(uuid.uuid4())
        elif route.form is not None:
            sent["data"] = _filled(route.form, ids)
        changed = {} if role is None else route.query_of.get(role, {})
        query = urlencode(_filled({**route.query, **changed}, ids))
        address = self._address(route, ids) + (f"?{query}" if query else "")
        return client.open(address, method=route.method, headers=headers, buffered=True, **sent)

    def _sign_in(self, client: FlaskClient, role: Role, situation: Situation, *, anew: bool) -> dict[str, str]:
        """Let the client ask as somebody of this role; give the headers that go with it."""
        token = self._token(role, situation, anew=anew)
        client.set_cookie(COOKIE, token)
        session_id = forms_id(token)
        return {HEADER: csrf_token(session_id, secret=self._app.master.derive("csrf"))}

    def _address(self, route: Route, ids: Mapping[str, str]) -> str:
        parts = {**ids, "action": route.action}
        rule = self._rules[route.key]
        named = {name: parts[name] for name in rule.arguments}
        return self._adapter.build(rule.endpoint, named, method=route.method)

    def _token(self, role: Role, situation: Situation, *, anew: bool) -> str:
        kind = Situation.OWN if situation in {Situation.OTHER, Situation.BEYOND} else situation
        if anew:
            return self._begin(self.actors[role], kind)
        if (role, kind) not in self._tokens:
            self._tokens[role, kind] = self._begin(self.actors[role], kind)
        return self._tokens[role, kind]

    def _begin(self, actor: Actor, kind: Situation) -> str:
        """Begin a session of this kind; one that has expired is written as such."""
        with self._app.database.unit_of_work(actor.tenant_id) as work:
            account_id = work.session.scalars(
                select(Membership.account_id).where(
                    Membership.person_id == actor.person_id, Membership.season_id == actor.season_id
                )
            ).one()
            ago = FRESH + timedelta(minutes=1) if kind is Situation.OLD else timedelta()
            begun = create_session(
                work.session,
                account_id=account_id,
                tenants=openable_tenants(work.session, account_id),
                loa=1 if kind is Situation.LOW else 2,
                loa_offered=2,
                auth_time=work.machine_now - ago,
                machine_now=work.machine_now,
            )
            if kind is Situation.EXPIRED:
                ended = update(SignInSession).where(SignInSession.id == begun.id)
                work.session.execute(ended.values(expires_at=work.machine_now))
        return begun.token


def _filled(values: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """The values with the ids that they name, in texts of the first level."""
    return {
        name: ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value
        for name, value in values.items()
    }


def asked_as(route: Route, situation: Situation) -> Sequence[Role | None]:
    """Who asks. In `make test` some stand for all where roles are not read before the answer; in a proof all ask.

    Of the pages of verbs, which refuse by the same line of code as the first one, those who may and some ask.
    """
    if situation is Situation.NOBODY:
        return [None]
    if situation is Situation.BEYOND:
        return LIMITED
    if PROOF:
        return list(Role)
    if route.public is not None or not (situation is Situation.OWN or route.fresh):
        return SOME
    return list(Role) if route.action is None else sorted({*SOME, *route.may})


# --- Judging ----------------------------------------------------------------------------------------------------------


def expected(route: Route, situation: Situation, role: Role | None) -> frozenset[Verdict]:
    """What a line says of a cell, for addresses that need a session."""
    if situation in {Situation.NOBODY, Situation.EXPIRED}:
        return frozenset({Verdict.SIGN_IN})
    if situation is Situation.OTHER:
        return frozenset({Verdict.NOTHING})
    if role in route.led:
        return frozenset({Verdict.PASSED})
    if role not in route.may or situation is Situation.BEYOND:
        return frozenset({Verdict.REFUSED, Verdict.NOTHING})
    if route.fresh and situation in {Situation.LOW, Situation.OLD}:
        return frozenset({Verdict.STEP_UP})
    return frozenset({Verdict.PASSED})


def _is_right(route: Route, role: Role | None, answer: TestResponse, wanted: frozenset[Verdict]) -> bool:
    if route.public is not None:
        return answer.status_code in route.public
    got = verdict(answer)
    if got is not Verdict.PASSED or got not in wanted:
        return got in wanted
    if role in route.led:
        return answer.status_code == 303
    return route.passes is None or answer.status_code in route.passes


def verdict(answer: TestResponse) -> Verdict:
    """What an answer comes down to."""
    status = answer.status_code
    if status >= 500:
        return Verdict.BROKEN
    if status == 401 or (status in {302, 303} and "/sign-in" in answer.headers.get("Location", "")):
        return Verdict.SIGN_IN
    if status == 404:
        return Verdict.NOTHING
    if status == 403:
        return Verdict.STEP_UP if _asks_to_sign_in_anew(answer) else Verdict.REFUSED
    return Verdict.PASSED


def _asks_to_sign_in_anew(answer: TestResponse) -> bool:
    if answer.is_json or "json" in answer.content_type:
        return bool(json.loads(answer.get_data(as_text=True)).get("code") == "session.step_up")
    return "<title>Подтвердите вход" in answer.get_data(as_text=True)
