"""Puts the tenants' files into the wheel and refuses a wheel without what `make setup` copies from npm packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelHook(BuildHookInterface[Any]):
    """Adds to a wheel what stands outside src/apella; an editable install reads the tenants from the repository."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend `build_data`; raise FileNotFoundError when a folder that belongs inside is missing."""
        if version != "standard":
            return
        project = Path(self.root)
        tenants = project.parent / "tenants"
        for needed in (tenants, project / "src/apella/web/static/vendor", project / "src/apella/documents/fonts"):
            if not needed.is_dir():
                raise FileNotFoundError(f"Нет папки {needed}: выполните make setup в полной копии репозитория.")
        for tenant in sorted(path for path in tenants.iterdir() if path.is_dir()):
            build_data["force_include"][str(tenant)] = f"apella/_tenants/{tenant.name}"
