"""The embedded issuer over HTTP: discovery, keys, the page of demo people, the token endpoint, sign-out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from apella.embedded.issuer import DemoPerson, EmbeddedIssuer, IssuerRefusal
from apella.errors import Malformed
from apella.identity.oidc_provider import EMBEDDED_ISSUER_PATH

SHOWN_IN_A_ROLE = 60
SHOWN_AT_ONCE = 8
"""Longer lists of a role are folded, unless somebody is looked for."""


def issuer_blueprint(
    issuer: EmbeddedIssuer, *, frame: Callable[[str], object], came_from: Callable[[], str | None] = lambda: None
) -> Blueprint:
    """Make the blueprint that serves `issuer` under its own path; `frame` makes the page's frame from its title.

    `came_from` says which tenant the person of this request wants to enter, where that is known: it stands first.
    """
    blueprint = Blueprint("embedded_issuer", __name__, url_prefix=EMBEDDED_ISSUER_PATH)

    @blueprint.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        here = _own_origin() + EMBEDDED_ISSUER_PATH
        return jsonify(issuer.metadata(endpoints=here, browser_endpoints=here))

    @blueprint.get("/keys")
    def keys() -> Response:
        return jsonify(issuer.jwks())

    @blueprint.get("/authorize")
    def choose_person() -> str | WerkzeugResponse:
        try:
            asked = issuer.read_request(request.args, own_origin=_own_origin())
        except IssuerRefusal as refusal:
            raise _bad_request(refusal) from refusal
        try:
            issuer.check_request(request.args)
            if asked.prompt == "none":
                return redirect(issuer.answer(asked, login=asked.login_hint))
        except IssuerRefusal as refusal:
            return redirect(issuer.refuse(asked, refusal))
        wanted = request.args.get("q", asked.login_hint)
        people = issuer.people(filtered_by=wanted)
        return render_template(
            "signin/demo_people.html",
            frame=frame("Учебный вход"),
            regions=_by_region(people, folded=not wanted.strip(), first=came_from()),
            wanted=wanted,
            request_parameters=[item for item in request.args.items() if item[0] != "q"],
        )

    @blueprint.post("/authorize")
    def sign_in_as() -> WerkzeugResponse:
        try:
            asked = issuer.read_request(request.form, own_origin=_own_origin())
        except IssuerRefusal as refusal:
            raise _bad_request(refusal) from refusal
        try:
            issuer.check_request(request.form)
            return redirect(issuer.answer(asked, login=request.form.get("login", "")), code=303)
        except IssuerRefusal as refusal:
            return redirect(issuer.refuse(asked, refusal), code=303)

    @blueprint.post("/token")
    def token() -> tuple[Response, int]:
        try:
            answer, status = jsonify(issuer.token(request.form)), 200
        except IssuerRefusal as refusal:
            answer, status = jsonify(error=refusal.error, error_description=refusal.description), 400
        answer.headers["Cache-Control"] = "no-store"
        return answer, status

    @blueprint.route("/end-session", methods=["GET", "POST"])
    def end_session() -> WerkzeugResponse:
        return redirect(issuer.after_sign_out(request.values, own_origin=_own_origin()), code=303)

    return blueprint


@dataclass(frozen=True, kw_only=True)
class RolePeople:
    """The people of one role in a region as the page lists them; a search would find the `hidden` ones."""

    role: str
    people: tuple[DemoPerson, ...]
    hidden: int
    folded: bool

    @property
    def total(self) -> int:
        """How many there are, shown or not."""
        return len(self.people) + self.hidden


def _by_region(people: Sequence[DemoPerson], *, folded: bool, first: str | None) -> list[tuple[str, list[RolePeople]]]:
    """The regions with their roles, in the order in which they come, but that of the tenant `first` before all."""
    ordered = sorted(people, key=lambda person: person.tenant != first)
    return [(name, _by_role(list(group), folded=folded)) for name, group in groupby(ordered, key=_region_of)]


def _by_role(people: Sequence[DemoPerson], *, folded: bool) -> list[RolePeople]:
    roles: dict[str, list[DemoPerson]] = {}
    for person in people:
        roles.setdefault(person.role, []).append(person)
    return [
        RolePeople(
            role=role,
            people=tuple(found[:SHOWN_IN_A_ROLE]),
            hidden=max(0, len(found) - SHOWN_IN_A_ROLE),
            folded=folded and len(found) > SHOWN_AT_ONCE,
        )
        for role, found in roles.items()
    ]


def _region_of(person: DemoPerson) -> str:
    return person.region


def _own_origin() -> str:
    return request.host_url.rstrip("/")


def _bad_request(refusal: IssuerRefusal) -> Malformed:
    return Malformed(
        "Адрес учебного входа неполный. Начните вход со страницы «Вход» вашего региона.",
        code="sign_in.bad_request",
        reason=refusal.description,
    )
