"""Make the virtual environment .venv: every pin of requirements.lock by its hash, and our own packages on top.

Runs with the machine's own Python and needs nothing but its standard library. Does nothing when its inputs are as they
were at the last run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import sys
from pathlib import Path

from toolchain import CACHE, ROOT, UV, VENV, BuildError, run_quietly

LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".apella-setup"
OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Do the step; return the exit code."""
    try:
        set_up()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def set_up() -> None:
    """Bring .venv in line with its inputs; raise BuildError when that cannot be done."""
    if sys.version_info < OLDEST_PYTHON:
        raise BuildError(
            f"Нужен Python {'.'.join(map(str, OLDEST_PYTHON))} или новее, а найден {sys.version.split()[0]}: "
            "установите его и повторите make, указав PYTHON=путь."
        )
    projects = [ROOT / "platform", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]
    digest = _inputs_digest(projects)
    if STAMP.is_file() and STAMP.read_text(encoding="ascii") == digest and (VENV / "bin" / "python").exists():
        return
    STAMP.unlink(missing_ok=True)
    _ensure_venv()
    sys.stdout.write("Ставлю пакеты Python из requirements.lock.\n")
    sys.stdout.flush()
    uv = [str(UV), "pip"]
    target = ["--quiet", "--python", str(VENV / "bin" / "python")]
    run_quietly(
        [*uv, "sync", *target, "--require-hashes", str(LOCK)],
        log=CACHE / "logs" / "setup-packages.log",
        failure="Не удалось установить пакеты из requirements.lock: проверьте доступ к PyPI и место на диске "
        "и повторите команду",
    )
    editables = [argument for project in projects for argument in ("-e", str(project))]
    run_quietly(
        [*uv, "install", *target, "--no-build-isolation", "--no-deps", *editables],
        log=CACHE / "logs" / "setup-apella.log",
        failure="Не удалось установить собственные пакеты Апеллы: исправьте ошибку в их pyproject.toml",
    )
    STAMP.write_text(digest, encoding="ascii")


def _inputs_digest(projects: list[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version}\0{ROOT}".encode())
    descriptions = (path for project in projects for path in (project / "pyproject.toml", project / "hatch_build.py"))
    for path in (LOCK, Path(__file__), *descriptions):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _ensure_venv() -> None:
    """Make .venv with the pinned uv inside; an environment that has neither uv nor a live Python is made anew."""
    if UV.exists() and (VENV / "bin" / "python").exists():
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise BuildError(
            "Не хватает пакета python3-venv: установите его командой «apt install python3-venv» и повторите команду."
        )
    shutil.rmtree(VENV, ignore_errors=True)
    run_quietly(
        [sys.executable, "-m", "venv", str(VENV)],
        log=CACHE / "logs" / "setup-venv.log",
        failure="Не удалось создать окружение .venv: проверьте права и место на диске и повторите команду",
    )
    pins = CACHE / "uv.lock"
    pin = re.search(r"^uv==.*?(?=^\S|\Z)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    if pin is None:
        raise BuildError("В requirements.lock нет записи uv: обновите его командой make lock.")
    pins.write_text(pin[0], encoding="utf-8")
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run_quietly(
        [*command, "--no-deps", "--require-hashes", "-r", str(pins)],
        log=CACHE / "logs" / "setup-uv.log",
        failure="Не удалось установить uv: проверьте доступ к PyPI и повторите команду",
    )


if __name__ == "__main__":
    sys.exit(main())
