"""A small delivery of a made-up tenant, and the ways in which somebody may spoil one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apella.demo.season import Scans, generate
from apella.demo.writing import write_season
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import read_delivery
from apella.registry.reading import ImportProblem, ImportRefused
from apella.testing.tenants import NORTH, write_tenants

Edit = Callable[[list[list[str]]], None]


class DeliveryFolder:
    """A delivery on the disk; changes to its tables are entered in its manifest unless that is the fault."""

    def __init__(self, path: Path, rules: RegionRules) -> None:
        self.path = path
        self._rules = rules

    def put(self, table: str, line: int, column: int, value: str) -> None:
        """Put a value in a cell; `line` as an editor counts, `column` from 0."""

        def put(rows: list[list[str]]) -> None:
            rows[line - 1][column] = value

        self.edit(table, put)

    def edit(self, table: str, edit: Edit) -> None:
        """Change the cells of a table, the header among them."""
        rows = list(csv.reader(io.StringIO((self.path / table).read_text(encoding="utf-8")), delimiter=";"))
        edit(rows)
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
        self.write(table, text.getvalue().encode(), rows=len(rows) - 1)

    def write(self, table: str, content: bytes, *, rows: int | None = None) -> None:
        """Replace a table as a whole."""
        (self.path / table).write_bytes(content)
        entry: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest()}
        self.manifest(tables={table: entry if rows is None else {**entry, "rows": rows}})

    def manifest(self, *, tables: dict[str, dict[str, Any]] | None = None, **fields: object) -> None:
        """Change the manifest."""
        path = self.path / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for name, entry in (tables or {}).items():
            manifest["tables"][name] |= entry
        path.write_text(json.dumps(manifest | fields, ensure_ascii=False), encoding="utf-8")

    def problems(self) -> tuple[ImportProblem, ...]:
        """What reading it complains of; nothing when it is good."""
        try:
            read_delivery(self.path, rules=self._rules)
        except ImportRefused as refused:
            return refused.problems
        return ()


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RegionRules:
    return load_region(write_tenants(tmp_path_factory.mktemp("tenants")) / NORTH)


@pytest.fixture(scope="session")
def pristine(rules: RegionRules, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery") / "north"
    season = generate(rules, participants=2, seed=7, scans=Scans.SOME)
    write_season(replace(season, scanned=frozenset(sorted(season.scanned)[:1])), folder)
    return folder


@pytest.fixture
def delivery(rules: RegionRules, pristine: Path, tmp_path: Path) -> DeliveryFolder:
    return DeliveryFolder(shutil.copytree(pristine, tmp_path / "delivery"), rules)
