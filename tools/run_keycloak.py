"""`make keycloak`: a Keycloak for a person on this machine, with the staff of the running Apella in it.

Its data stays in .cache/keycloak-data between runs, and so do the accounts that Apella bound to it. The passwords are
made once and stand in that folder, readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from pathlib import Path

from apella.identity.keycloak import issuer_of
from apella.testing.keycloak import ADMIN, KeycloakAddress, running_keycloak
from toolchain import CACHE, ROOT, VENV

PORT = int(os.environ.get("APELLA_KEYCLOAK_PORT", "8180"))
DATA = CACHE / "keycloak-data"
REALM = "apella"
CLIENT_ID = "apella"
LOOK_AGAIN_SECONDS = 5


def main() -> int:
    """Run until Ctrl+C; return the exit code."""
    program = CACHE / "bin" / "keycloak"
    if not program.exists():
        sys.stderr.write("Keycloak не получен: установите пакет maven и повторите команду.\n")
        return 1
    DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    admin_password = _kept("admin.password")
    _kept("staff.password")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    say(f"Запускаю Keycloak на порту {PORT}…")
    with running_keycloak(
        program.resolve(),
        folder=DATA,
        port=PORT,
        password=admin_password,
        database=f"jdbc:h2:file:{DATA / 'keycloak'};NON_KEYWORDS=VALUE",
    ) as address:
        say(f"Keycloak работает: {address.url}/admin/  Остановка: Ctrl+C.")
        say(f"  администратор: {ADMIN}, пароль в файле {(DATA / 'admin.password').relative_to(ROOT)}")
        say("Чтобы сотрудники входили через него, запустите Апеллу в другом окне так:")
        say(f"  APELLA_OIDC_ISSUER={issuer_of(address.url, REALM)} APELLA_OIDC_CLIENT_ID={CLIENT_ID} make run")
        _provision_when_apella_runs(address, stopped)
        stopped.wait()
    return 0


def say(line: str) -> None:
    """Tell the person at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _provision_when_apella_runs(address: KeycloakAddress, stopped: threading.Event) -> None:
    apella = VENV / "bin" / "apella"
    environment = {
        **os.environ,
        "APELLA_KEYCLOAK_URL": address.url,
        "APELLA_KEYCLOAK_ADMIN": ADMIN,
        "APELLA_KEYCLOAK_ADMIN_PASSWORD_FILE": str(DATA / "admin.password"),
        "APELLA_KEYCLOAK_INITIAL_PASSWORD_FILE": str(DATA / "staff.password"),
        "APELLA_KEYCLOAK_REALM": REALM,
        "APELLA_OIDC_CLIENT_ID": CLIENT_ID,
    }
    say("Жду, пока Апелла будет готова…")
    while not stopped.is_set():
        status = subprocess.run([apella, "status"], capture_output=True, text=True, check=False, env=environment)
        if "Готова к работе" in status.stdout:
            made = subprocess.run([apella, "keycloak", "provision", "--all"], check=False, env=environment)
            if made.returncode == 0:
                password = (DATA / "staff.password").read_text(encoding="utf-8")
                say(f"Сотрудники входят под своими учебными именами, пароль у всех один: {password}")
            return
        stopped.wait(LOOK_AGAIN_SECONDS)


def _kept(name: str) -> str:
    file = DATA / name
    with (
        contextlib.suppress(FileExistsError),
        os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new,
    ):
        new.write(secrets.token_urlsafe(15))
    return Path(file).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
