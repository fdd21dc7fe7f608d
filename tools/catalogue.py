"""Write the catalogue of the pages' texts, or compare it with the pages.

catalogue.py           write platform/src/apella/web/locale/apella.pot
catalogue.py --check   exit 1 when the file is not what the pages say
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from apella.web.i18n import CATALOGUE_COMMAND
from toolchain import ROOT, VENV


def main(arguments: list[str]) -> int:
    """Do the step; return the exit code."""
    program, *options = shlex.split(CATALOGUE_COMMAND)
    command = [str(VENV / "bin" / program), "--quiet", *options]
    place = command.index("-o") + 1
    catalogue = ROOT / command[place]
    if arguments != ["--check"]:
        subprocess.run(command, cwd=ROOT, check=True)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / catalogue.name
        command[place] = str(fresh)
        subprocess.run(command, cwd=ROOT, check=True)
        wanted = fresh.read_bytes()
    if wanted == (catalogue.read_bytes() if catalogue.is_file() else b""):
        return 0
    sys.stderr.write("Каталог текстов отстал от страниц: выполните make catalogue и сохраните изменения в git.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
