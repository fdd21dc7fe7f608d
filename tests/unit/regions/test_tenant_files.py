"""Where tenants' files are looked for, and the command that checks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from apella.cli_rules import tenant
from apella.errors import ConfigurationError, NotFound
from apella.regions.reading import RegionFilesError
from apella.regions.registry import RegionRegistry
from apella.settings import Settings
from apella.tenancy.files import tenant_directories, tenants_in
from apella.tenancy.ids import TenantId


def test_the_repository_s_tenants_are_found_without_any_setting() -> None:
    found = tenant_directories(None)
    assert found
    assert list(found) == sorted(found)
    assert all((folder / "tenant.toml").is_file() for folder in found.values())


@pytest.mark.parametrize("inside", [True, False])
def test_a_configured_folder_is_added(folder: Path, *, inside: bool) -> None:
    found = tenant_directories((folder if inside else folder.parent,))
    assert found["ozerny"] == folder
    assert found.keys() > {"ozerny"}


def test_a_configured_folder_stands_in_for_a_shipped_tenant(tmp_path: Path) -> None:
    slug, shipped = next(iter(tenant_directories(None).items()))
    own = tmp_path / slug
    shutil.copytree(shipped, own)
    assert tenant_directories((tmp_path,))[slug] == own


def test_several_folders_are_added(folder: Path, tmp_path: Path) -> None:
    more = tmp_path / "more" / "lesnoy"
    shutil.copytree(folder, more)
    assert tenant_directories((folder, more.parent)).items() >= {"ozerny": folder, "lesnoy": more}.items()


def test_the_variable_is_a_list_of_folders(tmp_path: Path) -> None:
    text = os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b")])
    settings = Settings.from_environment({"APELLA_TENANTS": text})
    assert settings.tenants == (tmp_path / "a", tmp_path / "b")
    assert settings.tenants_variable == os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")])
    assert Settings.from_environment({}).tenants == ()


def test_one_name_in_two_configured_folders_is_an_error_that_names_both(folder: Path, tmp_path: Path) -> None:
    twin = tmp_path / "more" / "ozerny"
    shutil.copytree(folder, twin)
    with pytest.raises(ConfigurationError) as caught:
        tenant_directories((folder, twin))
    assert str(folder) in caught.value.message
    assert str(twin) in caught.value.message


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_configured_folder_without_tenants_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="нет ни одного региона"):
        tenant_directories((tmp_path / name,))


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
    with pytest.raises(RegionFilesError, match="номер 99 уже у региона ozerny") as caught:
        RegionRegistry.load(tenants_in(folder.parent))
    assert str(folder) in caught.value.message
    assert str(twin) in caught.value.message


def test_check_says_ok_and_what_the_region_is_like(folder: Path) -> None:
    (folder / "terms.toml").write_text(
        '["score.consideration"]\nlength = 6\nclauses = ["federal:102.3"]\n'
        'deviation = { act = "закон края", number = "7", date = 2026-02-01 }\n',
        encoding="utf-8",
    )
    result = CliRunner().invoke(tenant, ["check", str(folder.parent)])
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "OK: ozerny, Озёрный край"
    assert "Своего акта у региона нет: действует приказ Минпросвещения России" in result.output
    assert "Каналы, апелляции о баллах: " in result.output
    assert result.output.endswith(
        "Отступления от федеральных сроков: 1\n      score.consideration: закон края от 01.02.2026 № 7\n"
    )


def test_check_looks_at_the_shipped_tenants_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APELLA_TENANTS", raising=False)
    result = CliRunner().invoke(tenant, ["check"])
    assert result.exit_code == 0
    assert [line.split()[1].rstrip(",") for line in result.output.splitlines() if line.startswith("OK: ")] == list(
        tenant_directories()
    )


def test_check_names_every_fault(folder: Path) -> None:
    (folder / "durations.toml").write_text("[on_site]\ntotal = 0\n", encoding="utf-8")
    result = CliRunner().invoke(tenant, ["check", str(folder)])
    assert isinstance(result.exception, RegionFilesError)
    assert [line.partition(":")[0] for line in result.exception.message.splitlines()] == ["ozerny/durations.toml"] * 2


def renamed(folder: Path, *, slug: str = "ozerny", number: int) -> None:
    """Give the tenant of a folder another name and number."""
    text = (folder / "tenant.toml").read_text(encoding="utf-8")
    text = text.replace("id = 99", f"id = {number}").replace('slug = "ozerny"', f'slug = "{slug}"')
    (folder / "tenant.toml").write_text(text, encoding="utf-8")


def test_check_of_one_folder_looks_at_the_numbers_of_shipped_tenants(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APELLA_TENANTS", raising=False)
    assert CliRunner().invoke(tenant, ["check", str(folder)]).exit_code == 0
    slug, directory = next(iter(tenant_directories().items()))
    number = RegionRegistry.load({slug: directory}).get(slug).tenant.id
    renamed(folder, number=number)
    result = CliRunner().invoke(tenant, ["check", str(folder)])
    assert isinstance(result.exception, RegionFilesError)
    assert result.exception.problems == (
        (
            f"ozerny/tenant.toml: id: номер {number} уже у региона {slug}; дайте каждому региону свой номер. "
            f"Папки: {directory} и {folder}."
        ),
    )


def test_check_of_one_folder_looks_at_the_numbers_that_the_variable_adds(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = tmp_path / "more" / "lesnoy"
    shutil.copytree(folder, more)
    renamed(more, slug="lesnoy", number=98)
    # Its other faults are for its own check.
    (more / "durations.toml").write_text("[on_site\n", encoding="utf-8")
    monkeypatch.setenv("APELLA_TENANTS", str(more))
    assert CliRunner().invoke(tenant, ["check", str(folder)]).exit_code == 0
    renamed(folder, number=98)
    result = CliRunner().invoke(tenant, ["check", str(folder)])
    assert isinstance(result.exception, RegionFilesError)
    assert "номер 98 уже у региона lesnoy" in result.exception.message


def test_check_of_a_folder_that_stands_in_for_a_shipped_tenant_lets_it_keep_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APELLA_TENANTS", raising=False)
    slug, shipped = next(iter(tenant_directories().items()))
    shutil.copytree(shipped, tmp_path / slug)
    result = CliRunner().invoke(tenant, ["check", str(tmp_path / slug)])
    assert (result.exit_code, result.output.splitlines()[0].split()[:2]) == (0, ["OK:", f"{slug},"])


def test_check_names_a_folder_that_holds_no_tenant(folder: Path) -> None:
    result = CliRunner().invoke(tenant, ["check", str(folder), str(folder / "x")])
    assert isinstance(result.exception, ConfigurationError)
    assert f"{folder / 'x'}: здесь нет ни одного региона" in result.exception.message


def test_the_command_line_prints_the_faults_and_fails(folder: Path) -> None:
    (folder / "durations.toml").write_text("[on_site]\ntotal = 0\n", encoding="utf-8")
    apella = Path(sys.executable).with_name("apella")
    result = subprocess.run(
        [apella, "tenant", "check", folder], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 1
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["ozerny/durations.toml"] * 2
