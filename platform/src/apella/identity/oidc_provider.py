"""What is known about the identity provider: its addresses and its keys, fetched seldom and kept through an outage."""

from __future__ import annotations

import ipaddress
import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import requests
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from requests.adapters import BaseAdapter

from apella.errors import ConfigurationError, Unavailable
from apella.settings import Mode

log = logging.getLogger(__name__)

# The embedded issuer's name in the accounts of demo people: it stays when the port changes, and resolves nowhere.
EMBEDDED_ISSUER = "https://issuer.apella.invalid"
EMBEDDED_ISSUER_PATH = "/embedded/issuer"

CONNECT_SECONDS = 3
READ_SECONDS = 5
KEYS_FRESH = timedelta(minutes=10)
METADATA_FRESH = timedelta(hours=1)
FETCH_GAP = timedelta(seconds=30)
USABLE_WHILE_DOWN = timedelta(hours=24)

_SIGNING_KEY_TYPES = ("RSA", "EC")

T = TypeVar("T")


def provider_down(*, retry_after: int = int(FETCH_GAP.total_seconds())) -> Unavailable:
    """The refusal while the provider gives no usable answer."""
    return Unavailable(
        "Служба входа сейчас не отвечает. Подождите немного и войдите снова; подача апелляций участниками работает.",
        code="sign_in.provider_down",
        retry_after=retry_after,
    )


@dataclass(frozen=True, kw_only=True)
class OidcConfiguration:
    """How Apella is registered with the provider. `client_secret` is None for a public client (PKCE alone)."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], *, mode: Mode) -> OidcConfiguration:
        """Read APELLA_OIDC_ISSUER, APELLA_OIDC_CLIENT_ID and APELLA_OIDC_CLIENT_SECRET_FILE.

        Raises ConfigurationError naming the variable; in production also for the embedded issuer and for one that is
        not reached by https.
        """
        missing = [name for name in ("APELLA_OIDC_ISSUER", "APELLA_OIDC_CLIENT_ID") if not environment.get(name)]
        if missing:
            raise ConfigurationError(
                f"Вход сотрудников не настроен: укажите {', '.join(missing)}.", code="settings.oidc_missing"
            )
        issuer = environment["APELLA_OIDC_ISSUER"]
        if mode is Mode.PRODUCTION:
            address = urlsplit(issuer)
            if address.path.rstrip("/").endswith(EMBEDDED_ISSUER_PATH) or issuer.startswith(EMBEDDED_ISSUER):
                raise ConfigurationError(
                    f"APELLA_OIDC_ISSUER={issuer}: это учебный вход без паролей, рабочий режим с ним не запускается. "
                    "Укажите адрес службы входа вашего ведомства.",
                    code="settings.embedded_issuer",
                )
            if address.scheme != "https":
                raise ConfigurationError(
                    f"APELLA_OIDC_ISSUER={issuer}: в рабочем режиме адрес службы входа начинается с https.",
                    code="settings.oidc_issuer",
                )
        secret = None
        if secret_file := environment.get("APELLA_OIDC_CLIENT_SECRET_FILE"):
            try:
                secret = Path(secret_file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigurationError(
                    f"APELLA_OIDC_CLIENT_SECRET_FILE={secret_file}: файл не читается, проверьте путь и права.",
                    code="settings.oidc_secret",
                ) from error
        return cls(issuer=issuer, client_id=environment["APELLA_OIDC_CLIENT_ID"], client_secret=secret)


@dataclass(frozen=True, kw_only=True)
class ProviderMetadata:
    """The addresses of the discovery document.

    The two that a browser opens may be given as a path: then they stand on Apella's own host. `loa_offered` is the
    highest of the levels of assurance that it lists in figures, 1 when it lists none.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    names_issuer_in_answer: bool
    loa_offered: int = 1


class Fetched(Generic[T]):
    """A value fetched over the network: fresh for a while, refetched no more often than the gap, usable while stale.

    Any number of threads may ask. One fetches; the others go on with what is known, and wait only when nothing is.
    """

    def __init__(self, fetch: Callable[[], T], *, fresh: timedelta) -> None:
        self._fetch = fetch
        self._fresh = fresh
        self._fetching = threading.Lock()
        self._held: tuple[T, datetime] | None = None
        self._tried_at: datetime | None = None

    def get(self, now: datetime) -> T:
        """Give the value, fetching it when it is no longer fresh. `now` is machine time.

        Raises Unavailable (`sign_in.provider_down`) when there is none that may still be used.
        """
        held = self._held
        if held is not None and now - held[1] < self._fresh:
            return held[0]
        return self._refetch(held, now)

    def newer(self, than: T, now: datetime) -> T:
        """Give a value fetched after `than` if the gap allows a fetch now, else the same one."""
        held = self._held
        if held is not None and held[0] is not than:
            return held[0]
        return self._refetch(held, now)

    def known(self) -> T | None:
        """Give what was fetched last, however old, without touching the network."""
        return None if self._held is None else self._held[0]

    def _refetch(self, seen: tuple[T, datetime] | None, now: datetime) -> T:
        usable = seen if seen is not None and now - seen[1] < USABLE_WHILE_DOWN else None
        if usable is None:
            self._fetching.acquire()
        elif not self._fetching.acquire(blocking=False):
            return usable[0]
        try:
            if self._held is not None and self._held is not seen:
                return self._held[0]
            if self._tried_at is not None and now - self._tried_at < FETCH_GAP:
                if usable is None:
                    left = (FETCH_GAP - (now - self._tried_at)).total_seconds()
                    raise provider_down(retry_after=math.ceil(left))
                return usable[0]
            self._tried_at = now
            try:
                self._held = (self._fetch(), now)
            except Unavailable:
                if usable is None:
                    raise
                return usable[0]
            return self._held[0]
        finally:
            self._fetching.release()


class Provider:
    """The provider as seen over HTTP. `adapter` replaces the network below the issuer's address (embedded, tests)."""

    def __init__(self, configuration: OidcConfiguration, *, adapter: BaseAdapter | None = None) -> None:
        self.configuration = configuration
        self._adapter = adapter
        self.metadata: Fetched[ProviderMetadata] = Fetched(self._fetch_metadata, fresh=METADATA_FRESH)
        self.keys: Fetched[KeySet] = Fetched(self._fetch_keys, fresh=KEYS_FRESH)

    def prepare(self, http: requests.Session) -> None:
        """Make the session reach the provider as this process should: by the adapter, past a proxy for loopback."""
        if self._adapter is not None:
            http.mount(self.configuration.issuer, self._adapter)
        if is_loopback(self.configuration.issuer):
            http.trust_env = False

    def addresses(self, now: datetime) -> ProviderMetadata:
        """Give the provider's addresses; raises Unavailable."""
        return self.metadata.get(now)

    def signing_keys(self, now: datetime) -> KeySet:
        """Give the provider's public keys; raises Unavailable."""
        self.addresses(now)
        return self.keys.get(now)

    def _fetch_metadata(self) -> ProviderMetadata:
        issuer = self.configuration.issuer
        document = self._fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            log.error("oidc discovery names another issuer")
            raise provider_down()
        try:
            return ProviderMetadata(
                authorization_endpoint=_address(document["authorization_endpoint"], opened_by_browser=True),
                token_endpoint=_address(document["token_endpoint"]),
                jwks_uri=_address(document["jwks_uri"]),
                end_session_endpoint=(
                    _address(document["end_session_endpoint"], opened_by_browser=True)
                    if "end_session_endpoint" in document
                    else None
                ),
                names_issuer_in_answer=document.get("authorization_response_iss_parameter_supported") is True,
                loa_offered=_best_level(document.get("acr_values_supported")),
            )
        except (KeyError, ValueError) as error:
            log.exception("oidc discovery is not usable")
            raise provider_down() from error

    def _fetch_keys(self) -> KeySet:
        metadata = self.metadata.known()
        if metadata is None:
            raise provider_down()
        document = self._fetch_json(metadata.jwks_uri)
        try:
            signing = [
                key for key in document["keys"] if key["kty"] in _SIGNING_KEY_TYPES and key.get("use", "sig") == "sig"
            ]
            return KeySet.import_key_set(KeySetSerialization(keys=signing))
        except (AttributeError, JoseError, KeyError, TypeError, ValueError) as error:
            log.exception("oidc keys are not usable")
            raise provider_down() from error

    def _fetch_json(self, url: str) -> dict[str, Any]:
        try:
            with requests.Session() as http:
                self.prepare(http)
                answer = http.get(
                    url,
                    headers={"Accept": "application/json"},
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                )
                body = answer.json() if answer.status_code == requests.codes.ok else None
        except requests.RequestException as error:
            log.warning("oidc provider does not answer: %s", type(error).__name__)
            raise provider_down() from error
        if not isinstance(body, dict):
            log.warning("oidc provider answered %s", answer.status_code)
            raise provider_down()
        return body


def level_of(acr: object) -> int | None:
    """The level of assurance that an acr names in one figure; None when it names none so."""
    return int(acr) if isinstance(acr, str) and acr.isascii() and acr.isdecimal() and len(acr) == 1 else None


def _best_level(listed: object) -> int:
    levels = (level_of(one) for one in listed) if isinstance(listed, list) else ()
    return max((level for level in levels if level), default=1)


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(value: object, *, opened_by_browser: bool = False) -> str:
    if not isinstance(value, str):
        raise ValueError("an address is not a text")  # noqa: TRY004 one refusal for every unusable document
    if opened_by_browser and value.startswith("/") and not value.startswith("//"):
        return value
    scheme = urlsplit(value).scheme
    if scheme != "https" and not (scheme == "http" and is_loopback(value)):
        raise ValueError("an address is neither https nor on this machine")
    return value
