"""The one place that knows where tenants' files are."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from apella.errors import ConfigurationError

MARKER = "tenant.toml"
"""A folder with this file is a tenant."""


def tenant_directories(configured: Sequence[Path] | None = None) -> dict[str, Path]:
    """Find the folder of every tenant: name -> folder, sorted by name.

    Each of `configured` (`Settings.tenants`) is one tenant's folder or a folder of them; they are added to what is
    shipped, and one stands in for a shipped tenant of the same name. What is shipped is the repository's `tenants/`
    when the package runs from it, else the package's own data. Raises ConfigurationError when a configured folder
    holds no tenant, or when two of them hold one of the same name.
    """
    added: dict[str, Path] = {}
    for folder in configured or ():
        inner = tenants_in(folder)
        if not inner:
            raise ConfigurationError(
                f"APELLA_TENANTS: {folder}: здесь нет ни одного региона. "
                f"Укажите папку региона с файлом {MARKER} или папку, в которой лежат такие папки.",
                code="settings.tenants",
            )
        for slug in inner.keys() & added.keys():
            raise ConfigurationError(
                f"APELLA_TENANTS: регион {slug} лежит в двух папках: {added[slug]} и {inner[slug]}. Оставьте одну.",
                code="settings.tenants",
            )
        added |= inner
    return dict(sorted((shipped_tenants() | added).items()))


def tenants_in(root: Path) -> dict[str, Path]:
    """The tenants in a folder, or the one tenant that the folder is: name -> folder; empty when there is none."""
    root = root.absolute()
    if (root / MARKER).is_file():
        return {root.name: root}
    if not root.is_dir():
        return {}
    return {folder.name: folder for folder in sorted(root.iterdir()) if (folder / MARKER).is_file()}


def shipped_tenants() -> dict[str, Path]:
    """The tenants that came with the product, without those that APELLA_TENANTS adds: name -> folder."""
    root = repository()
    shipped = _package_data() if root is None else root / "tenants"
    return tenants_in(shipped) if shipped else {}


def repository() -> Path | None:
    """The project's folder when the package runs from it, else None."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "platform" / "src" / "apella").is_dir() and (folder / "tenants").is_dir():
            return folder
    return None


def _package_data() -> Path | None:
    data = Path(str(resources.files("apella"))) / "_tenants"
    return data if data.is_dir() else None


def forms_directory(configured: Sequence[Path], slug: str) -> Path | None:
    """The tenant's own form templates (`forms/` in its folder), or None when it has none."""
    folder = tenant_directories(configured).get(slug)
    if folder is None or not (folder / "forms").is_dir():
        return None
    return folder / "forms"
