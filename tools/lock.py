"""Write the lock files: every pin with its hashes, without the address of any index.

lock.py             keep the pins that still fit what the projects ask for
lock.py --upgrade   take the newest versions
"""

from __future__ import annotations

import subprocess
import sys

from toolchain import ROOT, UV

# Lock file -> group of pyproject.toml. Node and Go are fetched only on machines that lack them, each by its own lock.
LOCKS = {"requirements.lock": "dev", "tools/node.lock": "node", "tools/go.lock": "go"}


def main(arguments: list[str]) -> int:
    """Write every lock; return the exit code."""
    projects = ["platform", *sorted(f"plugins/{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml"))]
    ours = [option for project in projects for option in ("--no-emit-package", f"apella-{project.split('/')[-1]}")]
    for lock, group in LOCKS.items():
        own = group == "dev"
        subprocess.run(
            [
                *(str(UV), "pip", "compile", "-", "--group", f"pyproject.toml:{group}", "--quiet"),
                *("--universal", "--python-version", "3.11", "--generate-hashes"),
                *("--no-emit-index-url", "--no-header", "--no-emit-package", "apella", *ours),
                *("--output-file", lock),
                *arguments,
            ],
            cwd=ROOT,
            input="".join(f"-e ./{project}\n" for project in projects) if own else "",
            text=True,
            check=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
