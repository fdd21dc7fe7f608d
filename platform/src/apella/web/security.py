"""What a browser is told and asked: response headers, flags of cookies, proof that a form is ours.

A request that changes something must come from a page of this site (Sec-Fetch-Site or Origin) and, once there is a
session, must carry the token of that session: the form field `csrf_token` or the header `X-CSRF-Token`.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.datastructures import Headers

from apella.errors import Forbidden
from apella.web.i18n import gettext as _

FORM_FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SIGNED = frozenset({"files"})
"""Blueprints whose addresses carry a signature of ours: it is the permission, no cookie is looked at."""

_EXTENSION = "apella.security"
_SALT_BYTES = 16
_PURPOSE = b"apella csrf\0"


class CsrfRejected(Forbidden):
    """The request may come from a foreign page, or from a page older than the session. Nothing was done."""

    code = "csrf"


# --- Headers ----------------------------------------------------------------------------------------------------------


def content_security_policy(*, file_origins: Iterable[str] = (), form_origins: Iterable[str] = ()) -> str:
    """Return the policy of every page: only this site, nothing inline, no eval, no frames.

    `file_origins` serve signed links to scans and audio (the object storage), `form_origins` may be where a form's
    redirect ends (an identity provider's sign-out). Bootstrap draws ticks and arrows from data: images.
    """
    files = " ".join(["'self'", *file_origins])
    forms = " ".join(["'self'", *form_origins])
    return "; ".join(
        [
            "default-src 'self'",
            f"img-src {files} data:",
            f"media-src {files}",
            f"connect-src {files}",
            f"form-action {forms}",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def response_headers(policy: str, *, secure: bool) -> dict[str, str]:
    """Return the headers of every response; `secure` (HTTPS) adds the order to stay with it."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # Camera and microphone belong to the video hearing, which runs on the provider's own page.
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


class CookieOptions(TypedDict):
    """Keyword arguments of Response.set_cookie."""

    httponly: bool
    secure: bool
    samesite: str
    path: str
    max_age: timedelta | None


def cookie_options(*, secure: bool, lifetime: timedelta | None = None) -> CookieOptions:
    """Return the flags that every cookie of ours has; without `lifetime` it ends with the browser."""
    return CookieOptions(httponly=True, secure=secure, samesite="Lax", path="/", max_age=lifetime)


# --- Token ------------------------------------------------------------------------------------------------------------


def csrf_token(session_id: str, *, secret: bytes) -> str:
    """Return a token of this session. Each call salts it anew, so that compression of a page cannot give it away."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return urlsafe_b64encode(salt + _signature(session_id, salt, secret)).decode("ascii")


def is_csrf_token(token: str, *, session_id: str, secret: bytes) -> bool:
    """Tell whether the token was made for this session."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
    except (UnicodeEncodeError, Base64Error):
        return False
    salt, signature = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
    return hmac.compare_digest(signature, _signature(session_id, salt, secret))


def is_same_site(headers: Headers, *, host: str) -> bool:
    """Tell whether a browser made this request from our own page; a client that is no browser sends neither header.

    Hosts are compared without the scheme: behind a proxy the application itself speaks plain HTTP.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        # What is no address is no address of ours.
        return False


def _signature(session_id: str, salt: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + salt + session_id.encode(), "sha256")


# --- Flask ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What the hooks of one application know: the secret, who is signed in, and the policy."""

    secret: bytes
    session_id: Callable[[], str | None]
    policy: str
    secure: bool


def init_app(app: Flask, guard: Guard) -> None:
    """Check every request that changes something, and put the headers on every response.

    `guard.session_id` returns the id of the current request's session, or None before sign-in.
    """
    app.extensions[_EXTENSION] = guard
    app.before_request(_check_request)
    app.after_request(_put_headers)


def current_csrf_token() -> str:
    """Return a token for the page being drawn; an empty text before sign-in, where the origin alone is checked."""
    guard = _guard()
    session_id = guard.session_id()
    return csrf_token(session_id, secret=guard.secret) if session_id else ""


def _check_request() -> None:
    if request.method in SAFE_METHODS or request.blueprint in SIGNED:
        return
    if not is_same_site(request.headers, host=request.host):
        raise CsrfRejected(
            _("Этот запрос пришёл с чужой страницы. Откройте нужную страницу здесь и повторите действие."),
            code="csrf.origin",
        )
    guard = _guard()
    session_id = guard.session_id()
    if session_id is None:
        return
    token = request.headers.get(HEADER) or request.form.get(FORM_FIELD, "")
    if not is_csrf_token(token, session_id=session_id, secret=guard.secret):
        raise CsrfRejected(
            _("Страница устарела: с тех пор вход был выполнен заново. Откройте её ещё раз и повторите действие."),
            code="csrf.token",
        )


def _put_headers(response: Response) -> Response:
    guard = _guard()
    for name, value in response_headers(guard.policy, secure=guard.secure).items():
        response.headers.setdefault(name, value)
    # Pages and answers hold personal data: the next person at a school's computer presses «Назад», and a cache in front
    # may take an address that ends like a style sheet for one. Only our own static files say otherwise of themselves.
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _guard() -> Guard:
    guard = current_app.extensions[_EXTENSION]
    if not isinstance(guard, Guard):
        raise TypeError("apella.web.security.init_app has not been called")
    return guard
