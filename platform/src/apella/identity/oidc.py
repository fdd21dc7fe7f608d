"""Sign-in of staff by OpenID Connect: authorization code with PKCE, state and nonce; own checks of the ID token."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urljoin

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import ClaimError, InvalidClaimError, InvalidKeyIdError, JoseError

from apella.errors import Unauthenticated, Unavailable
from apella.identity.oidc_provider import CONNECT_SECONDS, FETCH_GAP, READ_SECONDS, Provider, level_of, provider_down

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256", "PS256")
STATE_LIFE = timedelta(minutes=10)
# A sign-in at the provider older than a session of ours may live is asked for again.
SIGN_IN_AGE = timedelta(hours=12)
TOKEN_AGE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)
LOGOUT_AGE = timedelta(minutes=2)
TOKEN_LENGTH = 16 * 1024
ORGANIZATION = "organization"
SCOPE = f"openid {ORGANIZATION}:*"

_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_BUSY = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_REFUSALS = frozenset({"access_denied", "login_required", "interaction_required", "invalid_request", "invalid_scope"})
_CLIENT_REFUSED = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})


@dataclass(frozen=True, kw_only=True)
class LoginState:
    """What must be remembered between the way to the provider and the way back; `state` names it in the URL."""

    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    slug: str
    return_to: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom the provider signed in.

    `loa` is the level of assurance it names (acr), 1 when it names none in figures; `loa_offered` the highest one that
    it says it can give. `organizations` are the tenants' slugs of the organization claim: no other claim says anything
    of membership here. `refresh_token` asks the provider later whether it still knows the person.
    """

    iss: str
    sub: str
    sid: str | None
    loa: int
    auth_time: datetime
    organizations: frozenset[str]
    loa_offered: int = 1
    refresh_token: str | None = field(default=None, repr=False)


class OidcClient:
    """Apella as a client of one provider. Thread-safe; every `now` is machine time."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._configuration = provider.configuration
        self._silent_since: datetime | None = None

    def begin(
        self,
        *,
        redirect_uri: str,
        slug: str,
        return_to: str,
        now: datetime,
        login_hint: str | None = None,
        prompt: str | None = None,
        fresh: bool = False,
    ) -> tuple[str, LoginState]:
        """Give the address to send the browser to and what to remember until it comes back.

        `fresh` asks for a sign-in now, at the highest level that the provider offers, however recent the last one is.
        Raises Unavailable (`sign_in.provider_down`).
        """
        state = LoginState(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            slug=slug,
            return_to=return_to,
            expires_at=now + STATE_LIFE,
        )
        metadata = self._provider.addresses(now)
        endpoint = urljoin(redirect_uri, metadata.authorization_endpoint)
        with self._oauth(redirect_uri=redirect_uri) as oauth:
            url, _ = oauth.create_authorization_url(
                endpoint,
                state=state.state,
                code_verifier=state.code_verifier,
                nonce=state.nonce,
                max_age="0" if fresh else str(int(SIGN_IN_AGE.total_seconds())),
                acr_values=str(metadata.loa_offered) if fresh and metadata.loa_offered > 1 else None,
                login_hint=login_hint,
                prompt=prompt,
            )
        return str(url), state

    def finish(self, state: LoginState, answer: Mapping[str, str], *, now: datetime) -> Identity:
        """Turn the provider's answer (the query of the callback) into an identity.

        Raises Unauthenticated with the codes `sign_in.state`, `sign_in.expired`, `sign_in.issuer`, `sign_in.refused`,
        `sign_in.code` or `sign_in.token`, and Unavailable with `sign_in.provider_down` or `sign_in.client_refused`.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), state.state.encode()):
            raise _begin_again("sign_in.state")
        if now >= state.expires_at:
            raise _begin_again("sign_in.expired")
        metadata = self._provider.addresses(now)
        issuer = answer.get("iss")
        if issuer != self._configuration.issuer and (issuer is not None or metadata.names_issuer_in_answer):
            raise _begin_again("sign_in.issuer")
        if error := answer.get("error"):
            raise _refused(error)
        code = answer.get("code")
        if not code:
            raise _begin_again("sign_in.code")
        token = self._exchange(code, state, token_endpoint=metadata.token_endpoint)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise _bad_token("missing")
        claims = self.check_id_token(
            id_token, nonce=state.nonce, now=now, access_token=_text_or_none(token.get("access_token"))
        )
        return Identity(
            iss=claims["iss"],
            sub=claims["sub"],
            sid=_text_or_none(claims.get("sid")),
            loa=_loa(claims.get("acr")),
            auth_time=datetime.fromtimestamp(claims["auth_time"], tz=UTC),
            organizations=_organizations(claims.get(ORGANIZATION)),
            loa_offered=metadata.loa_offered,
            refresh_token=_text_or_none(token.get("refresh_token")),
        )

    def check_id_token(
        self, token: str, *, nonce: str, now: datetime, access_token: str | None = None
    ) -> Mapping[str, Any]:
        """Give the claims of an ID token that is genuine, meant for us, fresh, and answers our request.

        Raises Unauthenticated (`sign_in.token`, with `reason` in the details) and Unavailable.
        """
        try:
            checked = self._check_signature(token, now)
            self._check_claims(checked, nonce=nonce, now=now, access_token=access_token)
        except ClaimError as error:
            raise _bad_token(f"{error.error}:{error.claim}") from error
        except JoseError as error:
            raise _bad_token(error.error) from error
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            # A claim of an unforeseen JSON type: the libraries compare and slice what they find.
            raise _bad_token("malformed") from error
        return checked.claims

    def check_logout_token(self, token: str, *, now: datetime) -> Mapping[str, Any]:
        """Give the claims of a logout token that is genuine, meant for us and two minutes old at most.

        Raises Unauthenticated (`sign_in.token`) and Unavailable.
        """
        try:
            claims = self._check_signature(token, now, kind="LOGOUT+JWT").claims
            self._check_logout_claims(claims, now=now)
        except ClaimError as error:
            raise _bad_token(f"{error.error}:{error.claim}") from error
        except JoseError as error:
            raise _bad_token(error.error) from error
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise _bad_token("malformed") from error
        return claims

    def renew(self, refresh_token: str, *, now: datetime) -> str | None:
        """Ask whether the provider's session behind a refresh token lives; give the token to ask with next time.

        None when the provider gives no answer: nobody is signed out by that, and it is not asked again for half a
        minute. Raises Unauthenticated (`sign_in.refused`) when the session or the account has ended.
        """
        if self._silent_since is not None and now - self._silent_since < FETCH_GAP:
            return None
        try:
            endpoint = self._provider.addresses(now).token_endpoint
            with self._oauth(redirect_uri=None) as oauth:
                token = oauth.refresh_token(
                    endpoint,
                    refresh_token=refresh_token,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                )
        except OAuthError as error:
            if error.error == "invalid_grant":
                raise _refused(error.error) from error
            log.warning("oidc provider does not renew: %s", error.error)
        except (Unavailable, requests.RequestException, ValueError) as error:
            log.warning("oidc token endpoint does not answer: %s", type(error).__name__)
        else:
            self._silent_since = None
            return _text_or_none(token.get("refresh_token"))
        self._silent_since = now
        return None

    def end_session_url(self, *, back_to: str) -> str | None:
        """Give the address that ends the provider's own session and returns to `back_to`, if one is known by now."""
        metadata = self._provider.metadata.known()
        if metadata is None or metadata.end_session_endpoint is None:
            return None
        query = urlencode({"client_id": self._configuration.client_id, "post_logout_redirect_uri": back_to})
        return f"{urljoin(back_to, metadata.end_session_endpoint)}?{query}"

    def _oauth(self, *, redirect_uri: str | None) -> OAuth2Session:
        oauth = OAuth2Session(
            client_id=self._configuration.client_id,
            client_secret=self._configuration.client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        self._provider.prepare(oauth)
        return oauth

    def _exchange(self, code: str, state: LoginState, *, token_endpoint: str) -> Mapping[str, Any]:
        try:
            with self._oauth(redirect_uri=state.redirect_uri) as oauth:
                token: Mapping[str, Any] = oauth.fetch_token(
                    token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=state.code_verifier,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                )
        except OAuthError as error:
            if error.error in _CLIENT_REFUSED:
                log.exception("oidc provider refuses this client: %s", error.error)
                raise Unavailable(
                    "Служба входа не принимает настройки Апеллы. Сообщите администратору региона.",
                    code="sign_in.client_refused",
                    retry_after=300,
                ) from error
            if error.error in _BUSY:
                raise provider_down() from error
            log.info("oidc code refused: %s", error.error)
            raise _begin_again("sign_in.code") from error
        except (requests.RequestException, ValueError) as error:
            log.warning("oidc token endpoint does not answer: %s", type(error).__name__)
            raise provider_down() from error
        return token

    def _check_signature(self, token: str, now: datetime, *, kind: str = "JWT") -> jwt.Token:
        if len(token) > TOKEN_LENGTH:
            raise ValueError("the token is too long")
        header = jws.extract_compact(token.encode()).headers()
        if str(header.get("typ", "JWT")).upper() != kind:
            raise ValueError("the token is of another type")
        keys = self._provider.signing_keys(now)
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            newer = self._provider.keys.newer(keys, now)
            if newer is keys:
                raise
            return jwt.decode(token, newer, algorithms=ALGORITHMS)

    def _check_claims(self, token: jwt.Token, *, nonce: str, now: datetime, access_token: str | None) -> None:
        client_id = self._configuration.client_id
        moment = now.timestamp()
        leeway = LEEWAY.total_seconds()
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._configuration.issuer},
                "aud": {"essential": True, "value": client_id},
            },
            params={"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(now=int(moment), leeway=int(leeway))
        audience = claims["aud"]
        if audience not in (client_id, [client_id]):
            raise InvalidClaimError("aud")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise InvalidClaimError("sub")
        if _LOGOUT_EVENT in claims.get("events", ()):
            raise InvalidClaimError("events")
        if moment - claims["iat"] > TOKEN_AGE.total_seconds() + leeway:
            raise InvalidClaimError("iat")
        signed_in = claims.get("auth_time")
        if type(signed_in) is not int or not (
            moment - SIGN_IN_AGE.total_seconds() - leeway <= signed_in <= moment + leeway
        ):
            raise InvalidClaimError("auth_time")

    def _check_logout_claims(self, claims: Mapping[str, Any], *, now: datetime) -> None:
        moment, leeway = now.timestamp(), LEEWAY.total_seconds()
        if claims["iss"] != self._configuration.issuer:
            raise InvalidClaimError("iss")
        if claims["aud"] not in (self._configuration.client_id, [self._configuration.client_id]):
            raise InvalidClaimError("aud")
        if not isinstance(claims["events"].get(_LOGOUT_EVENT), dict):
            raise InvalidClaimError("events")
        if "nonce" in claims:
            raise InvalidClaimError("nonce")
        issued_at = claims["iat"]
        if type(issued_at) is not int or not -leeway <= moment - issued_at <= LOGOUT_AGE.total_seconds() + leeway:
            raise InvalidClaimError("iat")
        if "exp" in claims and not claims["exp"] > moment - leeway:
            raise InvalidClaimError("exp")
        if not isinstance(claims["jti"], str):
            raise InvalidClaimError("jti")
        names = [claims[name] for name in ("sub", "sid") if claims.get(name) is not None]
        if not names or not all(isinstance(name, str) and name for name in names):
            raise InvalidClaimError("sub")


def _begin_again(code: str) -> Unauthenticated:
    return Unauthenticated("Вход не завершён: ссылка устарела или уже использована. Войдите ещё раз.", code=code)


def _refused(error: str) -> Unauthenticated | Unavailable:
    if error in _BUSY:
        return provider_down()
    return Unauthenticated(
        "Служба входа не подтвердила вход. Войдите ещё раз или обратитесь к администратору региона.",
        code="sign_in.refused",
        reason=error if error in _REFUSALS else "other",
    )


def _bad_token(reason: str) -> Unauthenticated:
    log.warning("oidc id token refused: %s", reason)
    return Unauthenticated(
        "Вход не подтверждён: ответ службы входа не прошёл проверку. Войдите ещё раз.",
        code="sign_in.token",
        reason=reason,
    )


def _organizations(claim: object) -> frozenset[str]:
    """The aliases that the claim holds, as the names of an object or as a list of texts."""
    names = claim if isinstance(claim, Mapping | list) else ()
    return frozenset(name for name in names if isinstance(name, str))


def _loa(acr: object) -> int:
    return 1 if (level := level_of(acr)) is None else level


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
