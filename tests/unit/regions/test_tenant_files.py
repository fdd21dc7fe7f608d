"""Where tenants' files are looked for, and the command that checks them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from apella.cli_rules import tenants
from apella.errors import ConfigurationError, NotFound
from apella.regions.reading import RegionFilesError
from apella.regions.registry import RegionRegistry
from apella.tenancy.files import tenant_directories, tenants_in
from apella.tenancy.ids import TenantId


def test_the_repository_s_tenants_are_found_without_any_setting() -> None:
    found = tenant_directories(None)
    assert found
    assert list(found) == sorted(found)
    assert all((folder / "tenant.toml").is_file() for folder in found.values())


@pytest.mark.parametrize("inside", [True, False])
def test_a_configured_folder_is_added(folder: Path, *, inside: bool) -> None:
    found = tenant_directories(folder if inside else folder.parent)
    assert found["ozerny"] == folder
    assert found.keys() > {"ozerny"}


def test_a_configured_folder_stands_in_for_a_shipped_tenant(tmp_path: Path) -> None:
    slug, shipped = next(iter(tenant_directories(None).items()))
    own = tmp_path / slug
    shutil.copytree(shipped, own)
    assert tenant_directories(tmp_path)[slug] == own


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_configured_folder_without_tenants_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="нет ни одного региона"):
        tenant_directories(tmp_path / name)


def test_the_registry_answers_by_slug(folder: Path) -> None:
    registry = RegionRegistry.load(tenants_in(folder))
    assert registry.get("ozerny").tenant.tenant_id == TenantId(99)
    assert (registry.slugs, len(registry), [rules.slug for rules in registry]) == (("ozerny",), 1, ["ozerny"])
    with pytest.raises(NotFound):
        registry.get("gorny")


def test_two_tenants_with_one_number_are_refused(folder: Path) -> None:
    twin = folder.with_name("twin")
    shutil.copytree(folder, twin)
    text = (twin / "tenant.toml").read_text(encoding="utf-8").replace('slug = "ozerny"', 'slug = "twin"')
    (twin / "tenant.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RegionFilesError, match="номер 99 уже у региона ozerny"):
        RegionRegistry.load(tenants_in(folder.parent))


def test_check_says_ok(folder: Path) -> None:
    result = CliRunner().invoke(tenants, ["check", str(folder.parent)])
    assert (result.exit_code, result.output) == (0, "OK: ozerny\n")


def test_check_looks_at_the_shipped_tenants_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APELLA_TENANTS", raising=False)
    result = CliRunner().invoke(tenants, ["check"])
    assert (result.exit_code, result.output) == (0, f"OK: {', '.join(tenant_directories(None))}\n")


def test_check_names_every_fault(folder: Path) -> None:
    (folder / "durations.toml").write_text("[on_site]\ntotal = 0\n", encoding="utf-8")
    result = CliRunner().invoke(tenants, ["check", "--tenant", "ozerny", str(folder)])
    assert isinstance(result.exception, RegionFilesError)
    assert [line.partition(":")[0] for line in result.exception.message.splitlines()] == ["ozerny/durations.toml"] * 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tenant", "gorny", "{folder}"], "Региона gorny нет; есть: ozerny."),
        (["{folder}/x"], "нет ни одного региона"),
    ],
)
def test_check_names_what_is_not_there(folder: Path, arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(tenants, ["check", *(argument.format(folder=folder) for argument in arguments)])
    assert isinstance(result.exception, ConfigurationError)
    assert sentence in result.exception.message


def test_the_command_line_prints_the_faults_and_fails(folder: Path) -> None:
    (folder / "durations.toml").write_text("[on_site]\ntotal = 0\n", encoding="utf-8")
    apella = Path(sys.executable).with_name("apella")
    result = subprocess.run(
        [apella, "tenants", "check", folder], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 1
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["ozerny/durations.toml"] * 2
