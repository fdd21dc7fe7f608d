"""The one composition root: from settings to the parts of a running process."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

import apella.tables  # noqa: F401 mapped classes find each other's tables only when all are imported
from apella.audit.signing import SigningKey, signing_key
from apella.db.engine import DbRole, make_engine
from apella.db.keys import MasterKey, master_key
from apella.db.unit_of_work import Database
from apella.embedded.sign_in import embedded_provider
from apella.errors import ConfigurationError
from apella.identity.login_states import LoginStates
from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import OidcConfiguration, Provider
from apella.identity.provider_sessions import ProviderSessions
from apella.identity.sealed import Seal
from apella.identity.sign_in_gate import SignInGate
from apella.identity.vault import Vaults
from apella.notices.gateways import EmbeddedOutbox, Gateway, SmtpGateway, SmtpSettings
from apella.notices.model import NoticeChannel
from apella.regions.book import recorded_rules
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.settings import NO_SCANNER, Settings
from apella.storage.clamd import ClamdAddress, ClamdScanner
from apella.storage.local import LocalObjectStore
from apella.storage.port import ObjectStore
from apella.storage.scanner import NoScanner, Scanner
from apella.tenancy.files import tenant_directories
from apella.tenancy.model import Tenant

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class App:
    """The parts of one process. Cheap to make: engines connect when first used."""

    settings: Settings
    regions: RegionRegistry
    master: MasterKey
    environment: Mapping[str, str]

    @cached_property
    def database(self) -> Database:
        """Units of work as `app_rw`."""
        pooled = self.settings.database_pooled
        return Database(make_engine(self._database_url, DbRole.RW, pool_size=10, pooled=pooled))

    @cached_property
    def relay_engine(self) -> Engine:
        """The relay's narrow view of the task table."""
        return make_engine(self._database_url, DbRole.RELAY, pool_size=1, pooled=self.settings.database_pooled)

    @cached_property
    def vaults(self) -> Vaults:
        """Personal data by season."""
        return Vaults(self.master)

    @cached_property
    def audit_key(self) -> SigningKey:
        """What signs checkpoints of the audit and exports of it."""
        return signing_key(self.settings)

    @cached_property
    def oidc(self) -> OidcClient:
        """Sign-in of staff: the provider that APELLA_OIDC_ISSUER names, else the embedded issuer."""
        if self.own_issuer:
            return OidcClient(embedded_provider(self))
        configuration = OidcConfiguration.from_environment(self.environment, mode=self.settings.mode)
        return OidcClient(Provider(configuration))

    @cached_property
    def provider_sessions(self) -> ProviderSessions:
        """Whether the provider still knows those who are signed in."""
        return ProviderSessions(self.oidc, self.master.derive("provider sessions"))

    @cached_property
    def login_states(self) -> LoginStates:
        """The records of begun sign-ins, sealed in the browser that began them."""
        return LoginStates(self.master.derive("login states"))

    @cached_property
    def addresses(self) -> Seal:
        """What conceals in an address whom a search was for."""
        return Seal(self.master.derive("addresses"), purpose="address")

    @cached_property
    def sign_in_gate(self) -> SignInGate:
        """The soft limit of sign-in by address; none between an embedded instance and its own machine."""
        return SignInGate(self.database, self.master, open_to_loopback=self.settings.embedded)

    @cached_property
    def store(self) -> ObjectStore:
        """Where files are: a folder of the home, or S3 where APELLA_S3_ENDPOINT is set."""
        if "APELLA_S3_ENDPOINT" in self.environment:
            # boto3 takes a third of a second to read: only for those who use it.
            from apella.storage.s3 import S3ObjectStore, S3Settings

            return S3ObjectStore(S3Settings.from_environment(self.environment))
        if not self.settings.embedded:
            raise ConfigurationError(
                "Рабочему режиму нужно хранилище S3: укажите APELLA_S3_ENDPOINT.", code="settings.storage"
            )
        return LocalObjectStore(self.settings.home / "objects", secret=self.master.derive("storage links"))

    @cached_property
    def scanner(self) -> Scanner:
        """What looks for malware in uploads: clamd; none in an embedded instance, or where APELLA_CLAMD says so."""
        wanted = self.settings.clamd
        if wanted is not None and wanted != NO_SCANNER:
            return ClamdScanner(ClamdAddress.parse(wanted))
        if not self.settings.embedded:
            log.warning("uploads are not scanned for malware", extra={"code": "scanner.off"})
        return NoScanner()

    @cached_property
    def gateways(self) -> Mapping[NoticeChannel, Gateway]:
        """The ways to telephones and mailboxes."""
        if self.settings.embedded:
            return {NoticeChannel.SMS: EmbeddedOutbox(), NoticeChannel.EMAIL: EmbeddedOutbox()}
        # No provider of short messages is connected yet: production refuses to start without one (rule 18).
        SmtpGateway(SmtpSettings.from_environment(self.environment))
        raise ConfigurationError(
            "Рабочему режиму нужен оператор SMS, его подключение ещё не поддерживается.", code="settings.sms"
        )

    @property
    def own_issuer(self) -> bool:
        """Whether staff sign in without passwords at the embedded issuer; never in production."""
        return self.settings.embedded and not self.environment.get("APELLA_OIDC_ISSUER")

    @property
    def file_origins(self) -> tuple[str, ...]:
        """Where signed links to files lead, when not to this site: the object store's origin."""
        endpoint = self.environment.get("APELLA_S3_ENDPOINT")
        return (_origin(endpoint),) if endpoint else ()

    @property
    def sign_in_origins(self) -> tuple[str, ...]:
        """Where signing in and out leads, when not to this site: the identity provider's origin."""
        issuer = None if self.own_issuer else self.environment.get("APELLA_OIDC_ISSUER")
        return (_origin(issuer),) if issuer else ()

    @property
    def _database_url(self) -> str:
        if self.settings.database_url is None:
            raise ConfigurationError(
                "База данных не указана: запустите apella up или задайте APELLA_DATABASE_URL.", code="settings.database"
            )
        return self.settings.database_url


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _recorded(settings: Settings, slug: str) -> Sequence[RegionRules]:
    """What stands in for a tenant's broken files; nothing without a database, or where it recorded nothing.

    The engine ends with the question: the process may fork before it works.
    """
    if settings.database_url is None:
        return ()
    engine = make_engine(settings.database_url, DbRole.RW, pool_size=1, pooled=settings.database_pooled)
    try:
        database = Database(engine)
        with database.unit_of_work(None) as work:
            tenant_id = work.session.scalars(select(Tenant.id).where(Tenant.slug == slug)).one_or_none()
        if tenant_id is None:
            return ()
        with database.unit_of_work(tenant_id) as work:
            return tuple(recorded_rules(work.session, slug=slug))
    except DBAPIError:
        log.exception("no recorded rules can stand in", extra={"tenant": slug})
        return ()
    finally:
        engine.dispose()


def make_app(environment: Mapping[str, str] | None = None) -> App:
    """Read settings, keys and every tenant's files.

    A tenant whose files are broken goes on with the rules that the database recorded last, if it is at hand: only then
    is it asked. Raises ConfigurationError with all that is wrong.
    """
    source = os.environ if environment is None else environment
    settings = Settings.from_environment(source)
    return App(
        settings=settings,
        regions=RegionRegistry.load(
            tenant_directories(settings.tenants), recorded=lambda slug: _recorded(settings, slug)
        ),
        master=master_key(settings),
        environment=dict(source),
    )
