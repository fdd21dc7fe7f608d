"""The made-up tenants, and the command as a person calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from apella.cli import main
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.tenancy.files import tenants_in
from apella.testing.tenants import write_tenants

SCHEMA = Path(__file__).parents[1] / "deadlines" / "explain.schema.json"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command said and how it left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as other programs read it."""
        return json.loads(self.out)


Apella = Callable[..., Said]


@pytest.fixture(scope="session")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with NORTH and SOUTH."""
    folder = tmp_path_factory.mktemp("rulebook") / "tenants"
    write_tenants(folder)
    return folder


@pytest.fixture(scope="session")
def regions(tenants: Path) -> RegionRegistry:
    return RegionRegistry.load(tenants_in(tenants))


@pytest.fixture(scope="session")
def rules(regions: RegionRegistry) -> RegionRules:
    return regions.get("north")


@pytest.fixture(scope="session")
def contract() -> Draft202012Validator:
    """The schema of `apella deadline explain --json`, as other programs hold it."""
    return Draft202012Validator(
        json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


@pytest.fixture
def apella(
    tenants: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Apella:
    """Call the command with the made-up tenants beside the shipped ones, and no instance anywhere."""
    monkeypatch.setenv("APELLA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APELLA_TENANTS", str(tenants))
    for name in ("APELLA_MODE", "APELLA_PORT", "APELLA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        return Said(code=int(left.value.code or 0), out=said.out, err=said.err)

    return call
