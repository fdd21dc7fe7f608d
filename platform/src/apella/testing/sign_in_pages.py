"""A person at a provider's pages: password, one-time code, entering an application for codes when it is asked for."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from apella.testing.one_time_codes import PERIOD, CodeApp

PASSWORD = "a long made-up phrase"  # noqa: S105 of made-up people at a provider that ends with the test run
# Codes of three hours before and after are taken, each once: the tests sign in more often than people do.
CODE_WINDOW = 400

_SECONDS = 30
_FORM = re.compile(r'<form[^>]+action="([^"]+)"')
_NAME = re.compile(r'<input[^>]+name="username"')
_SECRET = re.compile(r'<input[^>]+name="totpSecret" value="([^"]+)"')
_CODE = re.compile(r'<input[^>]+name="otp"')
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """Where people have their one-time codes, by sign-in name; who has none yet enters one when asked to."""

    apps: dict[str, CodeApp] = field(default_factory=dict)

    def code(self, login: str) -> str:
        """The next code that this person would read off."""
        return self.apps[login].unused(seconds=_seconds())

    def wrong(self, login: str) -> str:
        """A code that this person's application never shows now."""
        return self.apps[login].wrong(seconds=_seconds())

    def stale(self, login: str) -> str:
        """A code that was right long before the first that the server still takes."""
        return self.apps[login].code(_seconds() // PERIOD - 3 * CODE_WINDOW)

    def enter(self, login: str, secret: str) -> str:
        """Enter the secret that the page shows; gives the code with which it is confirmed."""
        self.apps[login] = CodeApp(secret=secret.encode(), window=CODE_WINDOW)
        return self.code(login)


def walk(
    url: str, *, login: str, password: str = PASSWORD, phone: Phone | None = None, code: str | None = None
) -> Mapping[str, str]:
    """Fill in the pages of a sign-in and give the query of the way back; raises LookupError when there is none.

    One-time codes come from `phone`, or it is `code` that is typed. No page is filled in twice.
    """
    phone = phone or Phone()
    here = urlsplit(url).netloc
    filled: set[str] = set()
    with requests.Session() as http:
        http.trust_env = False
        answer = http.get(url, timeout=_SECONDS, allow_redirects=False)
        while True:
            for cookie in http.cookies:
                # A browser counts the loopback as a secure place, this client does not.
                cookie.secure = False
            onward = answer.headers.get("Location")
            if onward is not None and urlsplit(onward := urljoin(answer.url, onward)).netloc == here:
                answer = http.get(onward, timeout=_SECONDS, allow_redirects=False)
                continue
            form = _FORM.search(answer.text)
            if answer.status_code != requests.codes.ok or form is None:
                break
            fields = _fields(answer.text, login=login, password=password, phone=phone, code=code)
            if not fields or filled & fields.keys():
                break
            filled |= fields.keys()
            address = urljoin(answer.url, html.unescape(form[1]))
            answer = http.post(address, data=fields, timeout=_SECONDS, allow_redirects=False)
    parts = urlsplit(answer.headers.get("Location", ""))
    if not parts.netloc:
        told = f"HTTP {answer.status_code}, filled in {sorted(filled)}: {_told(answer.text)}"
        raise LookupError(f"no way back: {told}")
    return dict(parse_qsl(parts.query or parts.fragment))


def _fields(page: str, *, login: str, password: str, phone: Phone, code: str | None) -> dict[str, str]:
    """What a person types into the page that is shown."""
    if secret := _SECRET.search(page):
        given = html.unescape(secret[1])
        typed = {"totp": phone.enter(login, given), "totpSecret": given, "userLabel": "телефон"}
        # «Выйти на других устройствах», which the page offers.
        return {**typed, "logout-sessions": "on"}
    fields = {"username": login, "password": password} if _NAME.search(page) else {}
    if _CODE.search(page):
        fields["otp"] = phone.code(login) if code is None else code
    return fields


def _told(page: str) -> str:
    """What a person reads on the page."""
    return " ".join(html.unescape(_UNSEEN.sub(" ", page)).split())[:600]


def now() -> datetime:
    """The machine's time, which is that of a provider on this machine."""
    return datetime.now(UTC)


def _seconds() -> int:
    return int(now().timestamp())
