"""An OpenID Connect issuer without passwords, for one machine: it signs in the demo people, whoever is asked for.

A code is a sealed record that any process can open; that it is used once is kept in the database.
A program signs in with plain GET requests that follow redirects: `login_hint` naming a demo person and `prompt=none`
in the authorization request bring the code at once, where a person would see the list of people.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from authlib.common.urls import add_params_to_uri
from joserfc import jwt

from apella.embedded.issuer_keys import IssuerKeys, load_issuer_keys
from apella.errors import ConfigurationError
from apella.identity.oidc import ORGANIZATION
from apella.identity.oidc_provider import EMBEDDED_ISSUER, OidcConfiguration
from apella.identity.sealed import Seal, SealBroken
from apella.settings import Mode, Settings

CLIENT_ID = "apella"
CODE_LIFE = timedelta(seconds=60)
ID_TOKEN_LIFE = timedelta(minutes=5)
CALLBACK_PATH = "/sign-in/callback"
LEVELS = ("1", "2")
"""A click proves neither of them; so the higher one is given unless the lower is asked for."""

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """Somebody who may be signed in by a click: `login` is the subject, `tenant` a slug, the rest is to be read."""

    login: str
    name: str
    role: str
    tenant: str
    region: str


class IssuerStore(Protocol):
    """What the issuer shares between processes: the machine's time, and which codes were used."""

    def now(self) -> datetime:
        """Give machine time."""

    def spend(self, *, tenant: str, code_id: str, expires_at: datetime) -> bool:
        """Mark the code as used; False when it was used before."""


class IssuerRefusal(Exception):
    """A request that the protocol forbids; `error` is its code of RFC 6749 or OpenID Connect Core."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A request that may be answered at its `redirect_uri`."""

    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    scope: str
    login_hint: str
    prompt: str
    acr: str


def ensure_no_embedded_issuer(settings: Settings) -> None:
    """Refuse a production start that would sign people in without passwords; raises ConfigurationError."""
    if settings.mode is Mode.PRODUCTION:
        raise ConfigurationError(
            "Рабочий режим не запускается с учебным входом без паролей: укажите службу входа в APELLA_OIDC_ISSUER.",
            code="settings.embedded_issuer",
        )


def embedded_configuration() -> OidcConfiguration:
    """How Apella is registered with its embedded issuer."""
    return OidcConfiguration(issuer=EMBEDDED_ISSUER, client_id=CLIENT_ID)


class EmbeddedIssuer:
    """The issuer itself, without HTTP. `redirect_uris` may be answered beside Apella's own callback."""

    def __init__(
        self,
        *,
        keys: IssuerKeys,
        people: Callable[[], Iterable[DemoPerson]],
        store: IssuerStore,
        issuer: str = EMBEDDED_ISSUER,
        redirect_uris: frozenset[str] = frozenset(),
    ) -> None:
        self.issuer = issuer
        self._keys = keys
        self._people = people
        self._store = store
        self._redirect_uris = redirect_uris
        self._seal = Seal(keys.secret, purpose="issuer-code")

    @classmethod
    def open(
        cls, settings: Settings, *, people: Callable[[], Iterable[DemoPerson]], store: IssuerStore
    ) -> EmbeddedIssuer:
        """Open the issuer of this home; raises ConfigurationError in production and for damaged keys."""
        ensure_no_embedded_issuer(settings)
        return cls(keys=load_issuer_keys(settings.home / "keys"), people=people, store=store)

    def metadata(self, *, endpoints: str, browser_endpoints: str) -> dict[str, Any]:
        """Give the discovery document with the addresses for programs and for browsers."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{browser_endpoints}/authorize",
            "token_endpoint": f"{endpoints}/token",
            "jwks_uri": f"{endpoints}/keys",
            "end_session_endpoint": f"{browser_endpoints}/end-session",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", ORGANIZATION],
            "prompt_values_supported": ["none", "login"],
            "acr_values_supported": list(LEVELS),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> dict[str, Any]:
        """Give both public keys."""
        return dict(self._keys.public.as_dict(private=False))

    def people(self, *, filtered_by: str = "") -> list[DemoPerson]:
        """List the demo people whose login, name, role or region holds the text."""
        wanted = filtered_by.strip().casefold()
        return [
            person
            for person in self._people()
            if wanted in f"{person.login}\n{person.name}\n{person.role}\n{person.region}".casefold()
        ]

    def read_request(self, parameters: Mapping[str, str], *, own_origin: str) -> AuthorizationRequest:
        """Check who asks and where the answer would go; raises IssuerRefusal, which must not be sent there."""
        if parameters.get("client_id") != CLIENT_ID:
            raise IssuerRefusal("invalid_client", "unknown client_id")
        redirect_uri = parameters.get("redirect_uri", "")
        if redirect_uri != own_origin + CALLBACK_PATH and redirect_uri not in self._redirect_uris:
            raise IssuerRefusal("invalid_request", "redirect_uri is not registered")
        return AuthorizationRequest(
            redirect_uri=redirect_uri,
            state=parameters.get("state", ""),
            nonce=parameters.get("nonce", ""),
            code_challenge=parameters.get("code_challenge", ""),
            scope=parameters.get("scope", ""),
            login_hint=parameters.get("login_hint", ""),
            prompt=parameters.get("prompt", ""),
            acr=next((one for one in parameters.get("acr_values", "").split() if one in LEVELS), LEVELS[-1]),
        )

    def check_request(self, parameters: Mapping[str, str]) -> None:
        """Check what is asked for; raises IssuerRefusal, to be sent back by `refuse`."""
        if parameters.get("response_type") != "code":
            raise IssuerRefusal("unsupported_response_type", "only response_type=code is served")
        if "openid" not in parameters.get("scope", "").split():
            raise IssuerRefusal("invalid_scope", "scope must hold openid")
        if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
            parameters.get("code_challenge", "")
        ):
            raise IssuerRefusal("invalid_request", "a code_challenge by S256 is required")
        if not parameters.get("nonce"):
            raise IssuerRefusal("invalid_request", "a nonce is required")

    def answer(self, request: AuthorizationRequest, *, login: str) -> str:
        """Give the address that hands the person's code over; raises IssuerRefusal when nobody has this login."""
        posts = [person for person in self._people() if person.login == login]
        if not posts:
            raise IssuerRefusal("login_required", "no demo person has this login")
        person = posts[0]
        now = self._store.now()
        code = self._seal.seal(
            {
                "id": secrets.token_urlsafe(16),
                "redirect_uri": request.redirect_uri,
                "nonce": request.nonce,
                "code_challenge": request.code_challenge,
                "login": person.login,
                "name": person.name,
                "tenant": person.tenant,
                "scope": request.scope,
                "organizations": sorted({post.tenant for post in posts}),
                "auth_time": int(now.timestamp()),
                "acr": request.acr,
                "expires_at": int((now + CODE_LIFE).timestamp()),
            }
        )
        return self._back(request, {"code": code})

    def refuse(self, request: AuthorizationRequest, refusal: IssuerRefusal) -> str:
        """Give the address that tells the client of the refusal."""
        return self._back(request, {"error": refusal.error, "error_description": refusal.description})

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Change a code for an ID token; raises IssuerRefusal. A code is spent by the first try, good or bad."""
        if form.get("client_id") != CLIENT_ID:
            raise IssuerRefusal("invalid_client", "unknown client_id")
        if form.get("grant_type") == "refresh_token":
            raise IssuerRefusal("invalid_grant", "refresh tokens are not issued here")
        if form.get("grant_type") != "authorization_code":
            raise IssuerRefusal("unsupported_grant_type", "only authorization_code is served")
        try:
            record = self._seal.open(form.get("code", ""))
        except SealBroken as error:
            raise IssuerRefusal("invalid_grant", "the code is not ours") from error
        now = self._store.now()
        expires_at = datetime.fromtimestamp(record["expires_at"], tz=UTC)
        if now >= expires_at:
            raise IssuerRefusal("invalid_grant", "the code has expired")
        if not self._store.spend(tenant=record["tenant"], code_id=f"code:{record['id']}", expires_at=expires_at):
            raise IssuerRefusal("invalid_grant", "the code was used before")
        if form.get("redirect_uri") != record["redirect_uri"]:
            raise IssuerRefusal("invalid_grant", "another redirect_uri than in the request")
        verifier = form.get("code_verifier", "")
        if (
            not _VERIFIER.fullmatch(verifier)
            or _base64url(hashlib.sha256(verifier.encode()).digest()) != record["code_challenge"]
        ):
            raise IssuerRefusal("invalid_grant", "the code_verifier does not answer the challenge")
        access_token = secrets.token_urlsafe(32)
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(ID_TOKEN_LIFE.total_seconds()),
            "scope": record["scope"],
            "id_token": self._id_token(record, access_token=access_token, now=now),
        }

    def after_sign_out(self, parameters: Mapping[str, str], *, own_origin: str) -> str:
        """Give the address to return to after a sign-out; it never leaves this host but for a registered one."""
        wanted = parameters.get("post_logout_redirect_uri", "")
        allowed = wanted.startswith(f"{own_origin}/") or wanted in self._redirect_uris
        return wanted if allowed else f"{own_origin}/"

    def _back(self, request: AuthorizationRequest, parameters: Mapping[str, str]) -> str:
        every = {**parameters, "state": request.state, "iss": self.issuer}
        return str(add_params_to_uri(request.redirect_uri, [(name, value) for name, value in every.items() if value]))

    def _id_token(self, record: Mapping[str, Any], *, access_token: str, now: datetime) -> str:
        claims = {
            "iss": self.issuer,
            "sub": record["login"],
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "typ": "ID",
            "iat": int(now.timestamp()),
            "exp": int((now + ID_TOKEN_LIFE).timestamp()),
            "auth_time": record["auth_time"],
            "nonce": record["nonce"],
            "acr": record["acr"],
            "sid": record["id"],
            "at_hash": _base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
            "preferred_username": record["login"],
            "name": record["name"],
        }
        if ORGANIZATION in (scope.partition(":")[0] for scope in record["scope"].split()):
            claims[ORGANIZATION] = {slug: {"id": slug} for slug in record["organizations"]}
        key = self._keys.signing
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
