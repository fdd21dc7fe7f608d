"""The accessibility checker that browser tests run inside each page."""

from __future__ import annotations

from pathlib import Path


def axe_source(root: Path) -> str:
    """Return the script to hand to `page.evaluate` (the pages' policy forbids added scripts).

    `root` is the repository (`pytestconfig.rootpath`). Raises FileNotFoundError when `make setup` has not run.
    """
    return (root / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
