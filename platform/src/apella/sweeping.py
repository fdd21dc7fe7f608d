"""The sweep over every tenant: clocks of the law are compared with each season's own time, the audit is sealed."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy import func as sql

from apella.audit import checkpoints, nightly
from apella.audit.views import forget_views
from apella.bootstrap import App
from apella.db.unit_of_work import UnitOfWork
from apella.deadlines.applying import settle
from apella.deadlines.sweep import CLOCKS_LOCK, sweep_season
from apella.errors import ApellaError
from apella.identity.actor import Actor
from apella.identity.address_counts import WITHIN, AddressCount
from apella.identity.api_clients import ApiToken
from apella.identity.model import SignInSession, SmsCode
from apella.identity.phone_binding import PhoneBinding
from apella.identity.school_codes import SchoolCodeTry
from apella.materials import attachment_checks
from apella.notices.reminders import ask_for_reminders
from apella.regions.book import rules_of_version
from apella.regions.rules import RegionRules
from apella.retention.service import propose
from apella.tenancy.model import Season

KEPT = timedelta(days=1)
"""How long the row of an ended session or of a code for signing in stays."""

log = logging.getLogger(__name__)


def sweep_all(app: App) -> int:
    """Sweep every season of every tenant once; say how many clocks ran out. A second sweeper steps aside."""
    with app.database.unit_of_work(None) as work:
        work.session.execute(delete(SignInSession).where(SignInSession.expires_at < work.machine_now - KEPT))
    found = sum(sweep_tenant(app, rules) for rules in app.regions)
    seal_audit(app)
    check_audit(app)
    return found


def sweep_tenant(app: App, rules: RegionRules) -> int:
    """Sweep every season of one tenant, each by its own clock."""
    tenant_id = rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        if not work.session.scalar(select(sql.pg_try_advisory_xact_lock(CLOCKS_LOCK, int(tenant_id)))):
            return 0
        _forget_sign_ins(work)
        attachment_checks.ask_again(work.session, app.scanner, machine_now=work.machine_now)
        found = 0
        actor = None
        for season in work.session.scalars(select(Season).order_by(Season.created_at)):
            actor = Actor.system(tenant_id=tenant_id, slug=rules.slug, season_id=season.id)
            now = work.machine_now + season.clock_offset
            found += sweep_season(work.session, actor=actor, now=now)
            ask_for_reminders(work.session, rules=rules, season_id=season.id, now=now)
        if actor is not None:
            # Work that was under way while a calendar was put in force has left clocks counted by the one before.
            settle(
                work.session,
                actor=actor,
                base=rules.calendar,
                rules_for=partial(rules_of_version, work.session, rules),
                machine_now=work.machine_now,
            )
        return found


def _forget_sign_ins(work: UnitOfWork) -> None:
    """Delete what signing in left behind: codes that ended a day ago, wrong tries, counts of addresses."""
    before = work.machine_now - KEPT
    for table, old in (
        (SmsCode, SmsCode.expires_at < before),
        (ApiToken, ApiToken.expires_at < before),
        (PhoneBinding, PhoneBinding.expires_at < before),
        (SchoolCodeTry, SchoolCodeTry.created_at < before),
        (AddressCount, AddressCount.minute < work.machine_now - 2 * WITHIN),
    ):
        work.session.execute(delete(table).where(old))


def seal_audit(app: App) -> None:
    """Write the checkpoints of the tenants whose chains have grown; one tenant's trouble does not stop the others."""
    for rules in app.regions:
        try:
            with app.database.unit_of_work(rules.tenant.tenant_id) as work:
                forget_views(work.session, machine_now=work.machine_now)
                checkpoints.write_if_due(
                    work.session, store=app.store, key=app.audit_key, slug=rules.slug, machine_now=work.machine_now
                )
        except ApellaError as error:
            # The chain goes on without: the next sweep tries again, and whoever reads the log learns of it.
            log.exception("no checkpoint of the audit", extra={"code": error.error_code, "tenant": rules.slug})


def check_audit(app: App) -> None:
    """Go on with one tenant's nightly check of the chain, so that a sweep stays short."""
    for rules in app.regions:
        try:
            with app.database.unit_of_work(rules.tenant.tenant_id) as work:
                looked_at = nightly.check_some(
                    work.session,
                    store=app.store,
                    key=app.audit_key,
                    slug=rules.slug,
                    zone=rules.zone,
                    machine_now=work.machine_now,
                )
        except ApellaError as error:
            log.exception("no check of the audit", extra={"code": error.error_code, "tenant": rules.slug})
            continue
        if looked_at is not None:
            if looked_at.finished_at is not None:
                # Once a night is often enough to say whose data are to be erased.
                with app.database.unit_of_work(rules.tenant.tenant_id) as work:
                    propose(work.session, rules=rules, machine_now=work.machine_now)
            return
