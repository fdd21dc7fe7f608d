"""What the guide tells a region's author to write works as it stands there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from apella.regions import codes
from apella.regions.facade import Hooks
from apella.regions.loader import load_region, newest_year
from apella.regions.tables import file_names
from apella.regions.values.cases import CaseFacts
from apella.regions.values.papers import NOTICE_FIELDS

GUIDE = (Path(__file__).parents[3] / "docs" / "plugin-guide.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```\w+\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with every file that the guide shows."""
    for name, text in BLOCK.findall(GUIDE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_region_of_the_guide_loads(written: Path) -> None:
    rules = load_region(written / "tenants" / "ozerny")
    assert rules.terms["score.consideration"].week == 6
    assert [site.code for site in rules.sites.remote] == ["east"]


def test_the_plugin_of_the_guide_answers(written: Path) -> None:
    source = (written / "plugins/ozerny/src/apella_ozerny/plugin.py").read_text(encoding="utf-8")
    plugin = ModuleType("apella_ozerny")
    exec(compile(source, "plugin.py", "exec"), plugin.__dict__)  # noqa: S102 - the guide's own text
    rules = replace(load_region(written / "tenants" / "ozerny"), hooks=Hooks("ozerny", plugin))
    shown = [
        rules.kit_route(CaseFacts(kind="score", subject_code="02", category="student", mode=mode))[-1].role
        for mode in ("on_site", "remote", "in_absence")
    ]
    assert shown == ["secretary", "site_specialist", "secretary"]


def test_the_guide_names_every_file_code_and_field() -> None:
    names = [name.replace(str(newest_year()), "<year>") for name in file_names(newest_year())]
    words = [*codes.ChannelCode, *codes.ApplicationField, *codes.NoticeEvent, *names]
    assert [word for word in words if f"`{word}`" not in GUIDE] == []
    assert [field for field in NOTICE_FIELDS if f"`{{{field}}}`" not in GUIDE] == []
