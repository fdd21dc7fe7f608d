"""Which parts the web process is made of."""

from __future__ import annotations

from flask import Blueprint, Flask, request

from apella.appeals.resources import api as emergency
from apella.bootstrap import App
from apella.casework.attachments.resources import api as attachments
from apella.casework.journal.resources import api as journal_api
from apella.casework.pages.blueprints import CONSOLE
from apella.casework.resources import api as cases
from apella.commissions.resources import api as commission
from apella.embedded import pages as embedded
from apella.embedded.pages_issuer import issuer_blueprint
from apella.embedded.sign_in import embedded_issuer, wanted_tenant
from apella.experts.resources import api as conflicts
from apella.hearings.resources import api as hearings
from apella.identity.login_states import COOKIE
from apella.identity.pages import blueprint as sign_in
from apella.identity.resources import api as sign_in_api
from apella.identity.resources_tokens import blueprint as api_tokens
from apella.onboarding.resources import api as substitutions
from apella.portal.pages import blueprint as portal
from apella.reception.pages import blueprint as reception
from apella.reception.representatives.pages import blueprint as representatives
from apella.reception.representatives.resources import api as representatives_api
from apella.reception.resources import api as reception_api
from apella.registered_jobs import HANDLERS
from apella.rulebook.pages.blueprints import RULEBOOK
from apella.rulebook.resources import api as rulebook
from apella.sign_ins.pages import blueprint as sign_ins
from apella.sign_ins.resources import api as sign_ins_api
from apella.web.home import blueprint as home
from apella.web.layout import plain_frame

API_BLUEPRINTS = (
    cases,
    journal_api,
    attachments,
    hearings,
    commission,
    substitutions,
    conflicts,
    emergency,
    rulebook,
    reception_api,
    representatives_api,
    sign_in_api,
    sign_ins_api,
    api_tokens,
)
PAGE_BLUEPRINTS: tuple[Blueprint, ...] = (
    sign_in,
    sign_ins,
    home,
    portal,
    reception,
    representatives,
    *CONSOLE,
    *RULEBOOK,
)


def add_embedded(app: Flask, parts: App) -> None:
    """Add what only an embedded instance has: sign-in without passwords, the teaching clock, the outbox."""
    if not HANDLERS:
        raise RuntimeError("the teaching clock finishes tasks, and no job is registered")
    app.register_blueprint(
        issuer_blueprint(
            embedded_issuer(parts),
            frame=plain_frame,
            came_from=lambda: wanted_tenant(parts, request.cookies.get(COOKIE)),
        )
    )
    app.register_blueprint(embedded.blueprint)
