"""A made-up region out of tables alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apella.calendar.reading import TableError
from apella.regions.loader import load_region

TENANT = """
slug = "ozerny"
id = 99
region_code = "99"
zone = "Asia/Yekaterinburg"
time_caption = "время края, UTC+5"

[title]
nominative = "Озёрный край"
genitive = "Озёрного края"
dative = "Озёрному краю"
accusative = "Озёрный край"
instrumental = "Озёрным краем"
prepositional = "Озёрном крае"

[contacts]
address = "г. Озёрск, Набережная ул., д. 1"
phone = "+7 (900) 000-00-99"
email = "apell@ozerny.example"
teaching = true
clauses = ["core:E1"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a tenant with the least that a tenant must say."""
    folder = tmp_path / "ozerny"
    folder.mkdir()
    (folder / "tenant.toml").write_text(TENANT, encoding="utf-8")
    return folder


@pytest.fixture
def problems(folder: Path) -> Callable[..., tuple[str, ...]]:
    """Write tables into the tenant's folder and give the sentences that loading it ends in."""

    def load_with(**tables: str) -> tuple[str, ...]:
        for name, text in tables.items():
            path = folder / name.replace("__", "/").replace("_csv", ".csv").replace("_toml", ".toml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        with pytest.raises(TableError) as caught:
            load_region(folder)
        return caught.value.problems

    return load_with


@pytest.fixture
def write(folder: Path) -> Callable[..., None]:
    """Write tables of the tenant, or of one of its editions."""

    def do(edition: str = "", **tables: str) -> None:
        home = folder / "editions" / edition if edition else folder
        home.mkdir(parents=True, exist_ok=True)
        for name, text in tables.items():
            path = home / name.replace("__", "/").replace("_toml", ".toml").replace("_csv", ".csv")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return do
