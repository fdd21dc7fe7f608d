"""A provider under test, and a hand in the wire between it and the OIDC client."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from requests.adapters import BaseAdapter, HTTPAdapter
from werkzeug.serving import make_server

from apella.embedded.issuer import CLIENT_ID, DemoPerson, EmbeddedIssuer
from apella.embedded.issuer_keys import load_issuer_keys
from apella.embedded.pages_issuer import issuer_blueprint
from apella.identity.oidc_provider import EMBEDDED_ISSUER_PATH, OidcConfiguration

Json = dict[str, Any]

NOW = datetime(2031, 6, 16, 9, tzinfo=UTC)


class ProviderUnderTest(Protocol):
    """What the contract suite needs of any provider, embedded or real."""

    @property
    def configuration(self) -> OidcConfiguration:
        """How the suite's client is registered."""

    @property
    def redirect_uri(self) -> str:
        """A registered callback; nothing listens there."""

    @property
    def login(self) -> str:
        """Somebody who can sign in."""

    def now(self) -> datetime:
        """The provider's time."""

    def walk(self, url: str) -> Mapping[str, str]:
        """Do the browser's part and give the callback's query; raises LookupError when there is no way back."""


class MemoryIssuerStore:
    """One process's used codes, and a clock that stands until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self._spent: set[str] = set()

    def now(self) -> datetime:
        """Give the standing time."""
        return self.moment

    def spend(self, *, tenant: str, code_id: str, expires_at: datetime) -> bool:
        """Mark the code as used; False when it was used before."""
        del tenant, expires_at
        if code_id in self._spent:
            return False
        self._spent.add(code_id)
        return True


@dataclass(frozen=True, kw_only=True)
class EmbeddedUnderTest:
    """The embedded issuer behind a real HTTP server on the loopback."""

    configuration: OidcConfiguration
    redirect_uri: str
    login: str
    store: MemoryIssuerStore

    def now(self) -> datetime:
        """The issuer's time."""
        return self.store.now()

    def pass_time(self, by: timedelta) -> None:
        """Let the issuer's clock go on."""
        self.store.moment += by

    def walk(self, url: str) -> Mapping[str, str]:
        """Ask with the parameters a program uses, and read the redirect."""
        query = urlencode({"login_hint": self.login, "prompt": "none"})
        with requests.Session() as http:
            http.trust_env = False
            answer = http.get(f"{url}&{query}", timeout=5, allow_redirects=False)
        location = answer.headers.get("Location", "")
        if not location:
            raise LookupError(f"no way back: HTTP {answer.status_code}")
        return dict(parse_qsl(urlsplit(location).query))


@contextmanager
def embedded_issuer_over_http(folder: Path) -> Iterator[EmbeddedUnderTest]:
    """Serve an embedded issuer with one demo person until the block ends."""
    store = MemoryIssuerStore(NOW)
    person = DemoPerson(
        login="region-secretary", name="Ирина Сергеевна Лесная", role="секретарь", tenant="region", region="Регион"
    )
    app = Flask("issuer-under-test")
    app.register_error_handler(Exception, lambda error: (type(error).__name__, 400))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    redirect_uri = f"{origin}/sign-in/callback"
    issuer = EmbeddedIssuer(
        keys=load_issuer_keys(folder), people=lambda: [person], store=store, issuer=origin + EMBEDDED_ISSUER_PATH
    )
    app.register_blueprint(issuer_blueprint(issuer, frame=str))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield EmbeddedUnderTest(
            configuration=OidcConfiguration(issuer=issuer.issuer, client_id=CLIENT_ID),
            redirect_uri=redirect_uri,
            login=person.login,
            store=store,
        )
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


class Wire(BaseAdapter):
    """Stands between the client and the provider: counts, cuts, and changes what goes over.

    `forger` is a key pair of its own; while `forger_published` holds, the provider's keys seem to include it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._network = HTTPAdapter()
        self.asked: Counter[str] = Counter()
        self.cut: set[str] = set()
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.change_request: Callable[[Json], Json] | None = None
        self.change_token: Callable[[str], str] | None = None
        self.change_metadata: Callable[[Json], Json] | None = None
        self.forger, self.forger_ec = _forger_keys()
        self.forger_published = True

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,  # noqa: ARG002 the signature of requests; the loopback has no certificates
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002 the same
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 the same
    ) -> requests.Response:
        """Pass the request on, changed as the test wants it."""
        what = _what(request)
        self.asked[what] += 1
        if what in self.cut or "all" in self.cut:
            raise requests.ConnectionError(f"{what} is cut")
        if what == "token" and self.change_request is not None:
            form = self.change_request(dict(parse_qsl(str(request.body))))
            request.prepare_body(form, None)
        if what in self.answers:
            return _answer(request, *self.answers[what])
        response = self._network.send(request, stream, timeout)
        if response.status_code != requests.codes.ok:
            return response
        return _answer(request, 200, json.dumps(self._changed(what, response.json())).encode())

    def close(self) -> None:
        """Close the connections."""
        self._network.close()

    def _changed(self, what: str, body: Json) -> Json:
        if what == "metadata" and self.change_metadata is not None:
            return self.change_metadata(body)
        if what == "keys" and self.forger_published:
            forged = [self.forger.as_dict(private=False), self.forger_ec.as_dict(private=False)]
            return {**body, "keys": [*body["keys"], *forged]}
        if what == "token" and self.change_token is not None:
            return {**body, "id_token": self.change_token(body["id_token"])}
        return body

    def forge(self, token: str, *, header: Json | None = None, claims: Json | None = None) -> str:
        """Give the token with another header and claims (None removes one), signed by the forger's published key."""
        changed = _without_none({**claims_of(token), **(claims or {})})
        full = _without_none({"alg": "RS256", "kid": "forger", **(header or {})})
        key = self.forger_ec if full["alg"] == "ES256" else self.forger
        return jwt.encode(full, changed, key, algorithms=[full["alg"]])


def claims_of(token: str) -> Json:
    """Read a token's claims without checking anything."""
    claims: Json = json.loads(_unbase64url(token.split(".")[1]))
    return claims


def header_of(token: str) -> Json:
    """Read a token's header without checking anything."""
    header: Json = json.loads(_unbase64url(token.split(".")[0]))
    return header


def unsigned(token: str) -> str:
    """Give the token with the algorithm none."""
    header = _base64url(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    return f"{header}.{token.split('.')[1]}."


def signed_with_public_key(token: str, public_key: bytes, *, kid: str) -> str:
    """Give the token with HS256, the provider's public key taken as the shared secret."""
    header = _base64url(json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode())
    text = f"{header}.{token.split('.')[1]}"
    return f"{text}.{_base64url(hmac.digest(public_key, text.encode(), hashlib.sha256))}"


@functools.cache
def _forger_keys() -> tuple[RSAKey, ECKey]:
    return (
        RSAKey.generate_key(2048, {"kid": "forger", "use": "sig"}),
        ECKey.generate_key("P-256", {"kid": "forger-ec", "use": "sig"}),
    )


def _without_none(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _what(request: requests.PreparedRequest) -> str:
    path = urlsplit(request.url or "").path
    if path.endswith("/.well-known/openid-configuration"):
        return "metadata"
    return "token" if request.method == "POST" else "keys"


def _answer(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.url = request.url or ""
    response.encoding = "utf-8"
    response.raw = io.BytesIO(body)
    response.request = request
    return response


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
