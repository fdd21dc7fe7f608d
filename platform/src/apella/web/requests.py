"""One request is one transaction: opened when a view first asks, kept when it answers well, undone when it does not."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, current_app, g, has_request_context, request

from apella.appeals.desk import Desk
from apella.db.unit_of_work import UnitOfWork
from apella.errors import Malformed, NotFound
from apella.identity import sessions, step_up
from apella.identity.actor import Actor
from apella.identity.actors import Admitted, admit
from apella.identity.api_tokens import PersonNeeded, admit_program
from apella.identity.model import SignInSession
from apella.identity.step_up import DEED_LOA
from apella.regions.book import rules_of_season
from apella.regions.rules import RegionRules
from apella.web.public import PUBLIC

if TYPE_CHECKING:
    from apella.bootstrap import App

EXTENSION = "apella"
API = "/api/v1/"


class TransactionalFlask(Flask):
    """Flask whose dispatch is the transaction: an error, or an answer of 400 and more, leaves nothing behind."""

    def dispatch_request(self) -> Response:
        """Run the view, then commit what it did; a failure at commit is answered like one in the view."""
        with ExitStack() as stack:
            g.transaction = stack
            _admit_or_refuse()
            response = self.make_response(super().dispatch_request())
            if response.status_code >= 400:
                _roll_back()
            return response


def _admit_or_refuse() -> None:
    """Let nobody in without a session but where `PUBLIC` says so: a new address is closed until it is listed."""
    if request.url_rule is None or request.endpoint in PUBLIC:
        return
    if "tenant" in (request.view_args or {}):
        admitted()
    else:
        signed_in()


def app_of() -> App:
    """The running application's parts."""
    return cast("App", current_app.extensions[EXTENSION])


def slug() -> str:
    """The tenant that the address names. Raises RuntimeError at an address without one."""
    view_args = request.view_args or {}
    found = view_args.get("tenant")
    if found is None:
        raise RuntimeError("this address names no tenant")
    return str(found)


def rules() -> RegionRules:
    """The newest rules of the tenant that the address names, for pages without a season.

    What belongs to a season or a case asks `desk().rules`. Raises NotFound for an unknown tenant.
    """
    return app_of().regions.get(slug())


def unit_of_work() -> UnitOfWork:
    """The request's transaction, of the tenant that the address names (none: only global tables)."""
    work = g.get("unit_of_work")
    if work is None:
        tenant_id = rules().tenant.tenant_id if (request.view_args or {}).get("tenant") else None
        work = g.transaction.enter_context(app_of().database.unit_of_work(tenant_id))
        g.unit_of_work = work
    return cast("UnitOfWork", work)


def session_token() -> str | None:
    """The cookie's token, whether or not its session still lives."""
    return request.cookies.get(sessions.COOKIE)


def session_id() -> str | None:
    """What the form token is bound to: known without the database, and another's after another person's sign-in."""
    token = session_token() if has_request_context() else None
    return None if token is None else sessions.forms_id(token)


def bearer_token() -> str | None:
    """The access token of the program that asks; only the API takes one, and never beside somebody's session.

    Raises Malformed (`token.and_session`): a request is either a person's or a program's.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.path.startswith(API):
        return None
    if session_token() is not None:
        raise Malformed(
            "Запрос несёт и токен программы, и вход человека: оставьте что-нибудь одно.", code="token.and_session"
        )
    return token.strip()


def signed_in() -> SignInSession:
    """The live session of this request. Raises Unauthenticated, also when the provider has ended the person's own."""
    found = g.get("signed_in")
    if found is None:
        work, parts = unit_of_work(), app_of()
        found = sessions.live_session(
            work.session,
            token=session_token(),
            machine_now=work.machine_now,
            confirm=lambda row: parts.provider_sessions.confirm(
                row, session=work.session, database=parts.database, machine_now=work.machine_now
            ),
        )
        g.signed_in, g.account_id = found, found.account_id
    return cast("SignInSession", found)


def own_session() -> SignInSession:
    """The session of this request, for what is about sessions themselves. Raises PersonNeeded: a program has none."""
    if bearer_token() is not None:
        raise PersonNeeded("Входы есть только у людей: программа работает с токеном.")
    return signed_in()


def require_fresh(*, loa: int = DEED_LOA) -> None:
    """Refuse a deed to a person who has not signed in within ten minutes. Raises StepUpRequired.

    A program does not sign in. Raises PersonNeeded.
    """
    if bearer_token() is not None:
        raise PersonNeeded("Это действие совершает только человек, который недавно вошёл: программе оно недоступно.")
    step_up.require_fresh(signed_in(), machine_now=unit_of_work().machine_now, loa=loa)


def admitted() -> Admitted:
    """Who this request's person, or program, is in the tenant.

    Raises Unauthenticated without a session, NotFound where the session does not open the tenant or the person has no
    membership: to them the tenant does not exist.
    """
    found = g.get("admitted")
    if found is None:
        region = rules()
        token = bearer_token()
        if token is not None:
            g.admitted = admit_program(
                unit_of_work(), token=token, tenant_id=region.tenant.tenant_id, slug=region.slug, zone=region.zone
            )
            return cast("Admitted", g.admitted)
        session = signed_in()
        if region.slug not in session.tenants:
            raise NotFound("По этому адресу ничего нет.", code="not_found")
        found = admit(
            unit_of_work(),
            tenant_id=region.tenant.tenant_id,
            slug=region.slug,
            zone=region.zone,
            account_id=session.account_id,
            session_id=session.id,
            principal_id=session.principal_id,
        )
        if found is None:
            raise NotFound("По этому адресу ничего нет.", code="not_found")
        g.admitted = found
    return cast("Admitted", found)


def actor() -> Actor:
    """The actor of this request; see `admitted`."""
    return admitted().actor


def desk() -> Desk:
    """Everything that a verb needs, for this request's person, with the rules of the person's season."""
    found = admitted()
    work = unit_of_work()
    region = g.get("season_rules")
    if region is None:
        region = rules_of_season(work.session, app_of().regions, slug=slug(), season=found.season)
        g.season_rules = region
    return Desk(
        session=work.session,
        actor=found.actor,
        now=work.now,
        machine_now=work.machine_now,
        rules=region,
        vault=app_of().vaults.of_season(work.session, tenant_id=found.actor.tenant_id, season_id=found.season.id),
    )


def _roll_back() -> None:
    work = g.pop("unit_of_work", None)
    if work is not None:
        work.discard()
